import { transfer } from "comlink";
import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Spawn } from "../../port.ts";
import { throwIfAborted } from "../../source/aborted.ts";
import type { Source } from "../../source/source.ts";
import { createFetchWindow, VALUES_WINDOW } from "./fetch-window.ts";
import type { Answer, Block, Job } from "./protocol.ts";
import { startWorker, type WorkerHandle } from "./worker-handle.ts";

/** Bytes of the worker's heap above which it is replaced: WebAssembly memory never shrinks. */
const MAX_HEAP_BYTES = 256 * 1024 ** 2;
/** Bytes that one job may fetch: a job reads one box of at most a few dozen MB, or lists the file. */
const MAX_JOB_BYTES = 512 * 1024 ** 2;

/** How long the worker may stay silent, in milliseconds, while it has all it asked for. */
export interface WorkerLimits {
  /** For one step of a job: real ones take under 300 ms. */
  readonly step: number;
  /** For starting libhdf5: 100 ms on an idle machine. */
  readonly start: number;
}

/** The usual limits; a busy machine is ten times slower than an idle one. */
export const WORKER_LIMITS: WorkerLimits = { step: 3_000, start: 20_000 };

/** What accompanies a job. */
export interface JobContext {
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that ends or carries forward a job. */
export type Result = Exclude<Answer, { kind: "miss" | "failed" }>;

/** libhdf5 in a worker of its own, started when it is needed and again after it was stopped. */
export interface Hdf5Connection {
  /** Does `job` after those before it, calling `take` with each result. */
  run(job: Job, context: JobContext, take: (result: Result) => void): Promise<void>;
  /** Stops the worker; the next job starts another. */
  stop(): void;
}

/**
 * Connects to the bytes of `source`. Whatever goes wrong in the worker, one ReadError comes out of it and the
 * worker is gone: a step that takes too long, an abort by the caller, a library that broke.
 */
export function connectHdf5(source: Source, spawn: Spawn | undefined, limits: WorkerLimits): Hdf5Connection {
  let worker: WorkerHandle | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  const windows = {
    metadata: createFetchWindow(source.size),
    values: createFetchWindow(source.size, VALUES_WINDOW),
  };

  const stop = (): void => {
    worker?.stop();
    worker = null;
  };

  const ask = async (handle: WorkerHandle, job: Job, context: JobContext, take: (result: Result) => void) => {
    const { budget, signal } = context;
    let fetched = 0;
    const milliseconds = job.kind === "open" ? limits.start : limits.step;
    let answer = await handle.answer((api) => api.begin(job), milliseconds, signal);
    for (;;) {
      budget.check();
      if (answer.kind === "failed") throw new ReadError(answer.code, answer.message);
      let blocks: readonly Block[] = [];
      if (answer.kind === "miss") {
        const range = windows[job.kind === "read" ? "values" : "metadata"](answer.offset, answer.length);
        fetched += range.length;
        if (fetched > MAX_JOB_BYTES) {
          throw new ReadError(
            "limit",
            `One step of reading the file wants more than ${MAX_JOB_BYTES} bytes of it.`,
          );
        }
        // The bytes may be a view into something larger or somebody else's: what travels is a copy.
        blocks = [
          { offset: range.offset, bytes: (await source.read(range.offset, range.length, signal)).slice() },
        ];
      } else {
        take(answer);
        if (answer.kind !== "objects" || answer.last) break;
      }
      answer = await handle.answer(
        (api) =>
          api.resume(
            transfer(
              blocks,
              blocks.map(({ bytes }) => bytes.buffer),
            ),
          ),
        limits.step,
        signal,
      );
    }
    if (answer.heapBytes > MAX_HEAP_BYTES) stop();
  };

  const perform = async (job: Job, context: JobContext, take: (result: Result) => void): Promise<void> => {
    throwIfAborted(context.signal, source.name);
    try {
      if (worker === null) {
        worker = startWorker(spawn, source.name);
        await ask(worker, { kind: "open", size: source.size }, context, () => {});
      }
      await ask(worker, job, context, take);
    } catch (error) {
      stop();
      throw error;
    }
  };

  return {
    run(job, context, take) {
      const done = queue.then(() => perform(job, context, take));
      queue = done.catch(() => {});
      return done;
    },
    stop,
  };
}
