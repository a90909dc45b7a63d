import { ReadError } from "../errors.ts";
import { unreachable } from "./refusals.ts";

/** What a body should be: exactly `length` bytes, or any number up to `most`. */
export interface BodyLimits {
  readonly file: string;
  readonly length?: number | undefined;
  readonly most?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of an answer, never more than allowed, whatever the server sends.
 *
 * @throws ReadError `source-short` when the length is not the one asked for, `limit` above `most`.
 */
export async function readBody(
  response: Response,
  { file, length, most = length, signal }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced =
    response.headers.get("content-encoding") === null ? Number(response.headers.get("content-length")) : 0;
  if (length === undefined && most !== undefined && announced > most) {
    await response.body?.cancel();
    throw tooMuch(most, file);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    const reader = response.body?.getReader();
    for (;;) {
      const part = await reader?.read();
      if (part === undefined || part.done) break;
      total += part.value.length;
      if (most !== undefined && total > most) {
        await reader?.cancel();
        break;
      }
      chunks.push(part.value);
    }
  } catch (cause) {
    throw unreachable(cause, signal, file);
  }
  if (length !== undefined && total !== length) {
    throw new ReadError(
      "source-short",
      `The server was asked for ${length} bytes and sent ${total > length ? "more" : total}.`,
      { file },
    );
  }
  if (most !== undefined && total > most) throw tooMuch(most, file);
  return joined(chunks, total);
}

function joined(chunks: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooMuch(most: number, file: string): ReadError {
  return new ReadError(
    "limit",
    `The server cannot send parts of the file, and the whole is more than ${most} bytes: download it first.`,
    { file },
  );
}
