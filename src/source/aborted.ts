import { ReadError } from "../errors.ts";

/** The error of a read that the caller's signal stopped. */
export function abortedError(signal: AbortSignal | undefined, file: string): ReadError {
  return new ReadError("aborted", "Reading was stopped before it was done.", { file, cause: signal?.reason });
}

/** Throws `aborted` when the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined, file: string): void {
  if (signal?.aborted === true) throw abortedError(signal, file);
}
