import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";

/** What inflating may cost, and what must come out. */
export interface InflateOptions {
  /** Bytes that must come out; with `head`, bytes that are wanted and at which it stops. */
  readonly size: number;
  readonly head?: boolean | undefined;
  /** What is inflated, for messages. */
  readonly what: string;
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Inflates raw deflate data with the platform's decompressor into exactly `size` bytes. The output is counted
 * as it comes, so that a lying size or a bomb stops at `size`.
 *
 * @throws ReadError `malformed` when the data are damaged, end early or go on.
 */
export async function inflateRaw(
  deflated: Uint8Array<ArrayBuffer>,
  options: InflateOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size, head = false, what, budget, signal } = options;
  const release = budget.take(size, what);
  const bytes = new Uint8Array(size);
  let filled = 0;
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // The reader meets the same failure; without these, a second, unhandled one would be reported.
  const fed = feed(writer, deflated);
  fed.catch(() => {});
  reader.closed.catch(() => {});
  try {
    while (!head || filled < size) {
      if (signal?.aborted === true)
        throw new ReadError("aborted", "Reading was stopped before it was done.", { cause: signal.reason });
      budget.check();
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > size && !head)
        throw new ReadError("malformed", `${what} inflates to more than the ${size} bytes it announces.`);
      bytes.set(value.subarray(0, size - filled), filled);
      filled += value.length;
    }
  } catch (error) {
    if (error instanceof ReadError) throw error;
    if (!head || filled < size)
      throw new ReadError("malformed", `${what} is damaged: its deflated bytes cannot be inflated.`, {
        cause: error,
      });
  } finally {
    release();
    // Frees the decompressor when it was left early; nobody waits for it.
    reader.cancel().catch(() => {});
    writer.abort().catch(() => {});
  }
  if (filled < size)
    throw new ReadError("malformed", `${what} inflates to ${filled} bytes, but announces ${size}.`);
  return bytes;
}

/** Bytes given to the decompressor at once: some platforms inflate all that they are given before anyone can stop them. */
const PIECE = 64 * 1024;

async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  deflated: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (let at = 0; at < deflated.length; at += PIECE) {
    await writer.ready;
    await writer.write(deflated.subarray(at, at + PIECE));
  }
  await writer.close();
}
