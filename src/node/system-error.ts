import { isReadError, ReadError, type ReadErrorCode } from "../index.ts";

/** What the system's code means for the user. */
const MEANINGS: Readonly<Record<string, readonly [code: ReadErrorCode, sentence: string]>> = {
  ENOENT: ["not-found", "There is no such file or folder."],
  ENOTDIR: ["not-found", "A part of the path is a file, not a folder."],
  ENAMETOOLONG: ["not-found", "The name is longer than this file system allows."],
  EACCES: ["refused", "Permission denied."],
  EPERM: ["refused", "The system does not permit it."],
  EROFS: ["refused", "The file system is read-only."],
  EEXIST: ["refused", "Something else has that name."],
  EISDIR: ["refused", "It is a folder."],
  ELOOP: ["refused", "It is a symbolic link that is not followed, or one that leads to itself."],
  EMFILE: ["refused", "Too many files are open."],
  ENFILE: ["refused", "Too many files are open on this machine."],
  ENOSPC: ["refused", "The disk is full."],
  EDQUOT: ["refused", "The disk quota is used up."],
  EFBIG: ["refused", "It is larger than this file system allows."],
  ENXIO: ["refused", "Nothing stands behind this special file."],
  ENODEV: ["refused", "Nothing stands behind this special file."],
  EBUSY: ["refused", "It is in use."],
  ETXTBSY: ["refused", "It is being run."],
  EIO: ["refused", "The disk reports an input or output error."],
  EBADF: ["refused", "It was closed while it was used."],
  ERR_INVALID_ARG_VALUE: ["not-found", "The path holds a NUL character, which no file name can."],
};

/** `error` from a file-system call as a ReadError; `before` may say what was tried ("It could not be written: "). */
export function systemError(error: unknown, file: string, before = ""): ReadError {
  if (isReadError(error)) return error;
  if (error instanceof Error && error.name === "AbortError") return aborted(file);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (known !== undefined)
    return new ReadError(known[0], before + lowerFirst(known[1], before), { file, cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new ReadError("refused", `${before === "" ? "The system refused it: " : before}${reason}.`, {
    file,
    cause: error,
  });
}

/** The error of a caller who changed their mind. */
export function aborted(file: string): ReadError {
  return new ReadError("aborted", "It was stopped on request.", { file });
}

function lowerFirst(sentence: string, before: string): string {
  return before === "" ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
