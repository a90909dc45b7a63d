import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBytes, isBareName, ReadError, type Source } from "../../src/index.ts";

/** `bytes` as a file in `folder`, whose other files are its siblings. */
export function inFolder(bytes: Uint8Array<ArrayBuffer>, name: string, folder: string): Source {
  return {
    ...fromBytes(bytes, name),
    identity: async () => "the only version",
    async sibling(other) {
      const path = join(folder, other);
      return isBareName(other) && existsSync(path)
        ? inFolder(Uint8Array.from(readFileSync(path)), other, folder)
        : null;
    },
  };
}

/** One read of a recording source. */
export interface RecordedRead {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** `source`, noting every read of it and of its siblings in `reads`. */
export function recording(source: Source, reads: RecordedRead[]): Source {
  return {
    ...source,
    read(offset, length, signal) {
      reads.push({ file: source.name, offset, length });
      return source.read(offset, length, signal);
    },
    async sibling(name, signal) {
      const other = await source.sibling?.(name, signal);
      return other ? recording(other, reads) : null;
    },
  };
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

/** `source` on which `fault` happens at read number `at` (from 0), counted over the source and its siblings. */
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
    async sibling(name, signal) {
      const other = await inner.sibling?.(name, signal);
      return other ? wrap(other) : null;
    },
  });
  return { source: wrap(source), signal: controller.signal, happened: () => happened };
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
