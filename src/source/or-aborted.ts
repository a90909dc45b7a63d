import { abortedError, throwIfAborted } from "./aborted.ts";

/**
 * Who waits for a signal. One listener a signal serves all of them: a reader asks for dozens of parts at once, and
 * Node warns of more than ten listeners. Entries live as long as their signal.
 */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

function waitersOf(signal: AbortSignal): Set<() => void> {
  let waiters = waiting.get(signal);
  if (waiters === undefined) {
    const all = new Set<() => void>();
    signal.addEventListener("abort", () => {
      for (const stop of all) stop();
    });
    waiting.set(signal, all);
    waiters = all;
  }
  return waiters;
}

/** `work`, or `aborted` as soon as the caller gives up; `work` itself goes on. */
export async function orAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  file: string,
): Promise<T> {
  if (signal === undefined) return work;
  throwIfAborted(signal, file);
  const waiters = waitersOf(signal);
  let stop = (): void => {};
  const given = new Promise<never>((_, reject) => {
    stop = () => reject(abortedError(signal, file));
    waiters.add(stop);
  });
  try {
    return await Promise.race([work, given]);
  } finally {
    waiters.delete(stop);
  }
}
