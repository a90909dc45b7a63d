import { ReadError } from "../errors.ts";

/**
 * The address that `text` stands for. Beside `https://` and `http://` (and a page's own `blob:` and `data:`):
 *
 * - `hf://org/repo[@revision]/file` (`hf://datasets/…`, `hf://spaces/…`) at Hugging Face;
 * - `s3://bucket/key` and `gs://bucket/object`, as their public addresses.
 *
 * No credentials are used for any of them: what is not public needs a signed address.
 *
 * @throws ReadError `bad-option` when it is none of these.
 */
export function parseAddress(text: string | URL): URL {
  const spelt = String(text);
  const scheme = /^(hf|s3|gs):\/\//i.exec(spelt)?.[1]?.toLowerCase();
  const rest = spelt.slice(spelt.indexOf("://") + 3);
  if (scheme === "hf") return huggingFace(rest, spelt);
  if (scheme === "s3") return bucket(rest, spelt, s3Host);
  if (scheme === "gs") return bucket(rest, spelt, (name) => `https://storage.googleapis.com/${name}`);
  let url: URL;
  try {
    url = new URL(spelt);
  } catch (cause) {
    throw refuse(spelt, "is no complete address such as https://example.org/model.safetensors", cause);
  }
  if (!["https:", "http:", "blob:", "data:"].includes(url.protocol))
    throw refuse(spelt, "is no address that is read: expected https://, http://, hf://, s3:// or gs://");
  if (url.username !== "" || url.password !== "") {
    throw new ReadError(
      "bad-option",
      `The address of ${JSON.stringify(url.host)} holds a name or a password, which are not sent: give a signed address, or download the file.`,
    );
  }
  return url;
}

/** `[datasets/|spaces/]org/repo[@revision]/path`; very old repositories have no organisation. */
function huggingFace(rest: string, spelt: string): URL {
  const kind = /^(datasets|spaces)\//.exec(rest)?.[0] ?? "";
  const parts = rest.slice(kind.length).split("/");
  const alone = parts[0]?.includes("@") === true || (parts.length === 2 && parts[1]?.includes(".") === true);
  const repository = parts.slice(0, alone ? 1 : 2);
  let path = parts.slice(repository.length);
  const [, name = "", revision] = /^([^@]*)(?:@(.*))?$/.exec(repository.at(-1) ?? "") ?? [];
  repository[repository.length - 1] = name;
  let at = revision === undefined || revision === "" ? ["main"] : [decoded(revision)];
  // The only revisions with slashes that are common: those of pull requests.
  if (at[0] === "refs" && path.length > 2) {
    at = ["refs", ...path.slice(0, 2)];
    path = path.slice(2);
  }
  if (
    path.length === 0 ||
    [...repository, ...path].some((part) => part === "" || part === "." || part === "..")
  )
    throw refuse(
      spelt,
      "names no file: expected hf://organisation/repository/file, with @revision after the repository where it is not main",
    );
  return new URL(
    `https://huggingface.co/${kind}${repository.map(encodeURIComponent).join("/")}/resolve/${encodeURIComponent(at.join("/"))}/${encoded(path)}`,
  );
}

/** `bucket/key` under the bucket's public address. */
function bucket(rest: string, spelt: string, host: (name: string) => string): URL {
  const [name = "", ...key] = rest.split("/");
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name) || key.join("/") === "")
    throw refuse(spelt, `names no file in a bucket: expected ${spelt.slice(0, 5)}bucket/path/of/the/file`);
  // Parts such as `..` are letters of a key, but would be resolved in an address.
  if (key.some((part) => part === "." || part === ".."))
    throw refuse(spelt, "holds parts of dots only, which no address can spell");
  return new URL(`${host(name)}/${encoded(key)}`);
}

/** A bucket with dots has no certificate of its own. */
function s3Host(name: string): string {
  return name.includes(".") ? `https://s3.amazonaws.com/${name}` : `https://${name}.s3.amazonaws.com`;
}

function encoded(parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join("/");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refuse(spelt: string, why: string, cause?: unknown): ReadError {
  return new ReadError(
    "bad-option",
    `${JSON.stringify(spelt)} ${why}.`,
    cause === undefined ? {} : { cause },
  );
}
