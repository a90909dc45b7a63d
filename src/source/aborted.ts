import { ReadError } from "../errors.ts";

/** The error of a read that the caller's signal stopped. */
export function abortedError(signal: AbortSignal | undefined, file: string): ReadError {
  return new ReadError("aborted", "Reading was stopped before it was done.", { file, cause: signal?.reason });
}

/** Throws `aborted` when the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined, file: string): void {
  if (signal?.aborted === true) throw abortedError(signal, file);
}

/** `work`, or `aborted` as soon as the caller gives up; `work` itself goes on. */
export async function orAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  file: string,
): Promise<T> {
  if (signal === undefined) return work;
  throwIfAborted(signal, file);
  let stop = (): void => {};
  const given = new Promise<never>((_, reject) => {
    stop = () => reject(abortedError(signal, file));
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, given]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
