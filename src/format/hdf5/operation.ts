import type { BlockCache } from "./block-cache.ts";
import type { Hdf5Library } from "./library.ts";

/** What libhdf5 says when a file ends before the size that its superblock states. */
const TRUNCATED = /truncated file: eof = (\d+).*stored_eof = (\d+)/;

/** libhdf5 could not do what it was asked; `message` is its own innermost reason. */
export class Hdf5Failure extends Error {
  readonly code: "malformed" | "truncated";

  constructor(code: "malformed" | "truncated", message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Does one thing with libhdf5 and believes the result only if no bytes were missing and libhdf5 printed no
 * error: most functions of h5wasm return something half right after a failure inside (part of a list, memory
 * that nobody wrote). Throws Miss or Hdf5Failure.
 *
 * The error handler must be the printing one: the throwing one skips the closing of datasets, and their buffers
 * then answer the retry with zeros.
 */
export function attempt<Result>(library: Hdf5Library, cache: BlockCache, work: () => Result): Result {
  library.takeErrors();
  let result: Result;
  try {
    result = work();
  } catch (error) {
    const miss = cache.missed();
    cache.settle(false);
    if (miss !== null) throw miss;
    const lines = library.takeErrors();
    // An error of WebAssembly itself has broken the module: it is passed on as it is.
    if (lines.length > 0 && !(error instanceof WebAssembly.RuntimeError)) throw failureOf(lines);
    throw error;
  }
  const miss = cache.missed();
  cache.settle(miss === null);
  if (miss !== null) throw miss;
  const lines = library.takeErrors();
  if (lines.length > 0) throw failureOf(lines);
  return result;
}

/** The sentence in libhdf5's printed stack that says most: the innermost one. */
function failureOf(lines: readonly string[]): Hdf5Failure {
  const text = lines.join("\n");
  const truncated = TRUNCATED.exec(text);
  if (truncated !== null) {
    return new Hdf5Failure(
      "truncated",
      `The file should have ${truncated[2]} bytes but ends after ${truncated[1]}.`,
    );
  }
  const reasons = [...text.matchAll(/line \d+ in \w+\(\): (.+)/g)].map((match) => match[1]!);
  return new Hdf5Failure("malformed", reasons.at(-1) ?? lines[0] ?? "libhdf5 gave no reason");
}
