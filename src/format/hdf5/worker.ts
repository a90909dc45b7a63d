import { type Endpoint, expose, transfer } from "comlink";
import { ReadError } from "../../errors.ts";
import { Miss } from "./block-cache.ts";
import { type FileOpening, type OpenFile, openingOf } from "./open-file.ts";
import { Hdf5Failure } from "./operation.ts";
import type { Answer, Hdf5Worker, Job } from "./protocol.ts";
import { readBox } from "./read-box.ts";
import { createWalk } from "./walk.ts";

/**
 * Failed tries that one worker may make. A JavaScript exception that h5wasm throws through WebAssembly leaves
 * 320 bytes of its 5 MB stack behind.
 */
const MAX_FAILED_TRIES = 8_000;

/** The answers without the size of the heap. */
type Outcome = Answer extends infer Each ? (Each extends Answer ? Omit<Each, "heapBytes"> : never) : never;

/** The worker of one file: does one job at a time, each in as many tries as its missing bytes need. */
function createHdf5Worker(): Hdf5Worker {
  let opening: FileOpening | null = null;
  let file: OpenFile | null = null;
  let attemptJob: (() => Outcome) | null = null;
  let failedTries = 0;

  const opened = (): OpenFile => {
    if (file === null) throw new Error("the file is not open");
    return file;
  };

  const tryOf = async (job: Job): Promise<() => Outcome> => {
    if (job.kind === "open") {
      const mine = await openingOf(job.size);
      opening = mine;
      return () => {
        file = mine.open();
        return { kind: "opened" };
      };
    }
    if (job.kind === "read") return () => ({ kind: "bytes", bytes: readBox(opened(), job) });
    const walk = createWalk(opened(), job);
    return () => ({ kind: "objects", ...walk() });
  };

  const go = (): Answer => {
    const heapBytes = () => file?.library.module.HEAPU8.length ?? 0;
    try {
      if (attemptJob === null) throw new Error("no job was begun");
      const outcome = attemptJob();
      const answer = { ...outcome, heapBytes: heapBytes() } as Answer;
      return answer.kind === "bytes" ? transfer(answer, [answer.bytes.buffer]) : answer;
    } catch (error) {
      if (++failedTries > MAX_FAILED_TRIES) {
        return {
          kind: "failed",
          code: "limit",
          message: "Reading the file took too many tries.",
          heapBytes: heapBytes(),
        };
      }
      if (error instanceof Miss)
        return { kind: "miss", offset: error.offset, length: error.length, heapBytes: heapBytes() };
      return { kind: "failed", ...reasonOf(error), heapBytes: heapBytes() };
    }
  };

  return {
    async begin(job) {
      try {
        attemptJob = await tryOf(job);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return {
          kind: "failed",
          code: "unsupported",
          message: `HDF5 could not be started here: ${reason}`,
          heapBytes: 0,
        };
      }
      return go();
    },
    async resume(blocks) {
      for (const { offset, bytes } of blocks) opening?.cache.add(offset, bytes);
      return go();
    },
  };
}

function reasonOf(error: unknown): {
  code: "malformed" | "truncated" | "limit" | "unsupported";
  message: string;
} {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Hdf5Failure) {
    return {
      code: error.code,
      message: error.code === "truncated" ? message : `The HDF5 library says: ${message}.`,
    };
  }
  if (error instanceof ReadError) {
    const known = (["malformed", "truncated", "limit", "unsupported"] as const).find(
      (code) => code === error.code,
    );
    return { code: known ?? "malformed", message };
  }
  return { code: "malformed", message: `The HDF5 library stopped on this file: ${message}.` };
}

// Misses are thrown by the hundred and nobody reads their stacks, which cost more than the misses.
Object.assign(Error, { stackTraceLimit: 0 });
expose(createHdf5Worker(), self as unknown as Endpoint);
