import { ReadError } from "../errors.ts";

/**
 * Random-access bytes with a name and a size. Sources are plain values; wrappers (`cached`, `slice`, `steady`)
 * take a source and return one.
 */
export interface Source {
  /** For messages: a file name, an address, an entry inside an archive. */
  readonly name: string;
  /** Total bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`, or a ReadError (`source-short`, `source-changed`, `refused`,
   * `aborted`). The result is the caller's to keep. It may be a view into a larger buffer, which others may see;
   * a result that is a whole buffer is the caller's alone.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * What tells this content from another at the same place (size, mtime in ns and inode; ETag; lastModified).
   * Asked again later, a different answer means that the content changed. Absent where content cannot change.
   */
  identity?(signal?: AbortSignal): Promise<string>;
  /** The file `name` in the same folder, or null. `name` is a bare file name: anything with a path is refused. */
  sibling?(name: string, signal?: AbortSignal): Promise<Source | null>;
  /**
   * The folder that the source lies in, for formats that are folders (`saved_model.pb` and `variables/`). Only names
   * that the format itself fixes are asked for; what a file names is a sibling. Absent where there is no folder.
   */
  readonly folder?: Folder;
  /** Frees what the source holds. */
  close?(): Promise<void>;
}

/** One name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
}

/**
 * A folder of files: on disk, dropped on a page, or unpacked from an archive. Names are bare and spelt exactly;
 * what is no regular file (links out of the folder, pipes, devices) is refused or not there.
 */
export interface Folder {
  /** For messages. */
  readonly name: string;
  /** What lies in it, sorted by name. */
  entries(signal?: AbortSignal): Promise<readonly FolderEntry[]>;
  /** The file `name`, or null when there is none. */
  file(name: string, signal?: AbortSignal): Promise<Source | null>;
  /** The folder `name`, or null when there is none. */
  folder(name: string, signal?: AbortSignal): Promise<Folder | null>;
  /** Frees what the folder holds, the files opened from it excepted. */
  close?(): Promise<void>;
}

/** Throws unless `[offset, offset + length)` lies inside `source`. */
export function assertInside(source: Source, offset: number, length: number, what: string): void {
  const fine = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!fine || offset + length > source.size) {
    throw new ReadError(
      "truncated",
      `${what} should lie at bytes ${offset} to ${offset + length}, but the file has ${source.size} bytes.`,
      { file: source.name, ...(fine ? { offset } : {}) },
    );
  }
}

/** A bare file name: no separators, no `..`, no NUL; the only form in which a file may name another. */
export function isBareName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return name !== "" && name !== "." && name !== ".." && !/[/\\\u0000-\u001f:]/.test(name);
}
