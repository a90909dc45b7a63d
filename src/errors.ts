/**
 * Why something could not be read, found or drawn. One closed list, so that a caller can decide by code and
 * the command line can choose its exit code.
 *
 * | code | means |
 * |---|---|
 * | `not-found` | no such file, entry or address |
 * | `refused` | the platform or server said no (permissions, CORS, a special file) |
 * | `truncated` | the file ends before what it announces |
 * | `malformed` | bytes that contradict the format's rules |
 * | `ambiguous` | the file can be read in more than one way (duplicate names, overlaps) |
 * | `unsupported` | a valid file, format, dtype or layer that Kernelscope does not read |
 * | `missing-sibling` | a file named by this one is not beside it |
 * | `limit` | a named limit was passed (bytes, objects, depth) |
 * | `deadline` | took longer than allowed and was stopped |
 * | `source-changed` | the bytes changed while they were read |
 * | `source-short` | a read returned fewer bytes than the source's size promises |
 * | `aborted` | the caller's AbortSignal |
 * | `no-such-layer` | a layer, filter or index that the model does not have |
 * | `bad-option` | an option that does not fit this layer or picture |
 * | `not-finite` | training whose loss is no number any more |
 */
export type ReadErrorCode =
  | "not-found"
  | "refused"
  | "truncated"
  | "malformed"
  | "ambiguous"
  | "unsupported"
  | "missing-sibling"
  | "limit"
  | "deadline"
  | "source-changed"
  | "source-short"
  | "aborted"
  | "no-such-layer"
  | "bad-option"
  | "not-finite";

/** Where an error was met: the file's name and, where known, the byte offset in it. */
export interface ErrorPlace {
  readonly file?: string;
  readonly offset?: number;
  readonly cause?: unknown;
  readonly choices?: readonly string[];
}

/** What every copy of ReadError marks its errors with. */
const BRAND: unique symbol = Symbol.for("kernelscope.ReadError") as never;

/**
 * The one error class of the library. Its message is a full sentence: what was expected, what was found (with
 * numbers) and what the user can do; `file` is not repeated in the message, `describe` puts it in front.
 */
export class ReadError extends Error {
  /** Also true of an error of another copy of this module: `kernelscope/node` is bundled, the other doors are not. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  readonly [BRAND] = true;
  readonly code: ReadErrorCode;
  readonly file: string | undefined;
  readonly offset: number | undefined;
  /** The models that `entry` can choose between, where it is `ambiguous` which of them is meant. */
  readonly choices: readonly string[] | undefined;

  constructor(code: ReadErrorCode, message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause });
    this.name = "ReadError";
    this.code = code;
    this.file = place.file;
    this.offset = place.offset;
    this.choices = place.choices;
  }
}

/** Whether `error` is a ReadError and, when codes are given, one of those. */
export function isReadError(error: unknown, ...codes: readonly ReadErrorCode[]): error is ReadError {
  return error instanceof ReadError && (codes.length === 0 || codes.includes(error.code));
}

/** `error` with the file's name filled in where it has none yet; anything else becomes `malformed`. */
export function inFile(error: unknown, file: string): ReadError {
  if (error instanceof ReadError) {
    if (error.file !== undefined) return error;
    const place =
      error.offset === undefined
        ? { file, cause: error.cause }
        : { file, offset: error.offset, cause: error.cause };
    return new ReadError(error.code, error.message, place);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ReadError("malformed", `The file could not be read: ${reason}`, { file, cause: error });
}
