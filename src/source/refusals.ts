import { ReadError } from "../errors.ts";
import { abortedError } from "./aborted.ts";

/** Headers that a page must be allowed to see, so that parts can be put together and changes noticed. */
const EXPOSED = ["Content-Range", "Accept-Ranges", "Content-Length", "ETag"] as const;

/** The error for an answer that is no success. */
export function statusError(response: Response, file: string, url?: URL): ReadError {
  const { status } = response;
  const said = `${status}${response.statusText === "" ? "" : ` ${response.statusText}`}`;
  const host = url?.hostname ?? "";
  if (status === 404 || status === 410) {
    return new ReadError("not-found", `The server has no such file (${said}).`, { file });
  }
  if (status === 401 || status === 403) {
    return new ReadError(
      "refused",
      `The server does not allow this file to be read (${said}): ${whyForbidden(host)}`,
      {
        file,
      },
    );
  }
  if (status === 416) {
    return new ReadError(
      "source-changed",
      `The server has fewer bytes than it said before (${said}): open it again.`,
      { file },
    );
  }
  if (status === 429 || status === 503)
    return new ReadError("refused", `The server is busy (${said}): try again later, or download the file.`, {
      file,
    });
  return new ReadError("refused", `The server answered ${said}.`, { file });
}

function whyForbidden(host: string): string {
  if (host === "huggingface.co") {
    return "the repository is private, gated or not there, and Kernelscope has no credentials; download it with `hf download` and open it from the disk.";
  }
  if (host.endsWith(".amazonaws.com") || host === "storage.googleapis.com") {
    return "it is not public (or not there), or its signed address has run out; sign it anew, or download it first.";
  }
  return "download it first.";
}

/** Codes of Node's network errors, in words. */
const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: "There is no server of that name.",
  EAI_AGAIN: "The server's name could not be looked up: is there a connection?",
  ECONNREFUSED: "No server answers at that address.",
  ECONNRESET: "The server broke the connection.",
  ETIMEDOUT: "The server did not answer in time.",
  UND_ERR_CONNECT_TIMEOUT: "The server did not answer in time.",
  UND_ERR_SOCKET: "The server broke the connection.",
  CERT_HAS_EXPIRED: "The server's certificate has expired.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The server's certificate is its own, and nobody vouches for it.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The server's certificate is for another name.",
};

/** The error for a request without an answer. */
export function unreachable(
  cause: unknown,
  signal: AbortSignal | undefined,
  file: string,
  url?: URL,
): ReadError {
  if (signal?.aborted === true) return abortedError(signal, file);
  const code = networkCode(cause);
  if (code !== null) {
    const known = Object.hasOwn(NETWORK, code) ? NETWORK[code] : `The network reports ${code}.`;
    return new ReadError("refused", `The address could not be read: ${lowerFirst(known!)}`, { file, cause });
  }
  return new ReadError(
    "refused",
    `The address could not be read: there is no connection, or its server does not allow other pages to read it (CORS). Download the file and open it from the disk. ${corsRule(url)}`,
    { file, cause },
  );
}

/** The code of a system's error that a failed fetch of Node carries. */
function networkCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return null;
}

/** What whoever owns the server would have to allow. */
function corsRule(url: URL | undefined): string {
  const host = url?.hostname ?? "";
  if (host.endsWith(".amazonaws.com")) {
    const rule = [
      {
        AllowedOrigins: ["*"],
        AllowedMethods: ["GET", "HEAD"],
        AllowedHeaders: ["Range"],
        ExposeHeaders: EXPOSED,
      },
    ];
    return `If the bucket is yours, this CORS rule allows it: ${JSON.stringify(rule)}`;
  }
  if (host === "storage.googleapis.com") {
    const rule = [
      { origin: ["*"], method: ["GET", "HEAD"], responseHeader: ["Range", ...EXPOSED], maxAgeSeconds: 3600 },
    ];
    return `If the bucket is yours, this CORS rule allows it: ${JSON.stringify(rule)}`;
  }
  return `If the server is yours, it must send Access-Control-Allow-Origin: * and Access-Control-Expose-Headers: ${EXPOSED.join(", ")}.`;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
