import { existsSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Folder, fromBytes, isBareName, ReadError, type Source } from "../../src/index.ts";

/**
 * `bytes` as the file `path` in `root` on disk (`path` may go through folders); the other files of its folder are its
 * siblings, and the folder is given too.
 */
export function inFolder(bytes: Uint8Array<ArrayBuffer>, path: string, root: string): Source {
  const parts = path.split("/");
  const name = parts.pop()!;
  const at = join(root, ...parts);
  const folder = diskFolder(at);
  return {
    ...fromBytes(bytes, name),
    identity: async () => "the only version",
    sibling: async (other) => folder.file(other),
    folder,
  };
}

function diskFolder(path: string): Folder {
  const find = (name: string, isKind: (stats: Stats) => boolean): string | null => {
    const at = join(path, name);
    return isBareName(name) && existsSync(at) && isKind(statSync(at)) ? at : null;
  };
  const folder: Folder = {
    name: basename(path),
    async entries() {
      const all = readdirSync(path, { withFileTypes: true });
      return all
        .map((entry) => ({
          name: entry.name,
          kind: entry.isDirectory() ? ("folder" as const) : ("file" as const),
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async file(name) {
      const at = find(name, (stats) => stats.isFile());
      return at === null ? null : inFolder(Uint8Array.from(readFileSync(at)), name, path);
    },
    async folder(name) {
      const at = find(name, (stats) => stats.isDirectory());
      return at === null ? null : diskFolder(at);
    },
  };
  return folder;
}

/** `source` with `wrap` around it, around its siblings and around all that its folder holds. */
function everywhere(source: Source, wrap: (source: Source) => Source): Source {
  return {
    ...wrap(source),
    async sibling(name, signal) {
      const other = (await source.sibling?.(name, signal)) ?? null;
      return other === null ? null : everywhere(other, wrap);
    },
    ...(source.folder === undefined ? {} : { folder: folderEverywhere(source.folder, wrap) }),
  };
}

function folderEverywhere(folder: Folder, wrap: (source: Source) => Source): Folder {
  return {
    ...folder,
    async file(name, signal) {
      const file = await folder.file(name, signal);
      return file === null ? null : everywhere(file, wrap);
    },
    async folder(name, signal) {
      const inner = await folder.folder(name, signal);
      return inner === null ? null : folderEverywhere(inner, wrap);
    },
  };
}

/** One read of a recording source. */
export interface RecordedRead {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** `source`, noting every read of it, of its siblings and of its folder's files in `reads`. */
export function recording(source: Source, reads: RecordedRead[]): Source {
  return everywhere(source, (inner) => ({
    ...inner,
    read(offset, length, signal) {
      reads.push({ file: inner.name, offset, length });
      return inner.read(offset, length, signal);
    },
  }));
}

/** What goes wrong at one read. */
export const FAULTS = [
  "short",
  "long",
  "empty",
  "throws",
  "throws-plainly",
  "changes",
  "aborts",
  "never-answers",
] as const;
export type Fault = (typeof FAULTS)[number];

/** A source with a fault, and what a caller may see of it. */
export interface FaultySource {
  readonly source: Source;
  readonly signal: AbortSignal;
  /** Whether the fault has happened. */
  happened(): boolean;
}

/** `source` on which `fault` happens at read number `at` (from 0), counted over all its files. */
export function faulty(source: Source, fault: Fault, at: number): FaultySource {
  const controller = new AbortController();
  let reads = 0;
  let happened = false;
  const wrap = (inner: Source): Source => ({
    ...inner,
    async read(offset, length, signal) {
      const now = reads++ === at;
      happened ||= now;
      const bytes = await inner.read(offset, length, signal);
      if (!now) return bytes;
      switch (fault) {
        case "short":
          return bytes.subarray(0, Math.max(0, length - 1));
        case "long":
          return Uint8Array.from([...bytes, 0]);
        case "empty":
          return new Uint8Array(0);
        case "throws":
          throw new ReadError("refused", "The disk said no.", { file: inner.name });
        case "throws-plainly":
          throw new TypeError("not one of our errors");
        case "aborts":
          controller.abort();
          return bytes;
        case "never-answers":
          setTimeout(() => controller.abort(), 5);
          return new Promise(() => {});
        case "changes":
          return bytes;
      }
    },
    identity: async () => (fault === "changes" && happened ? "another version" : "the only version"),
  });
  return { source: everywhere(source, wrap), signal: controller.signal, happened: () => happened };
}

/** The codes with which a fault may be reported. */
export const FAULT_CODES: Readonly<Record<Fault, readonly string[]>> = {
  short: ["source-short"],
  long: ["source-short"],
  empty: ["source-short"],
  throws: ["refused"],
  "throws-plainly": ["refused"],
  changes: ["source-changed"],
  aborts: ["aborted"],
  "never-answers": ["aborted"],
};
