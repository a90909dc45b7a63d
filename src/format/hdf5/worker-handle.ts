import { type Endpoint, type Remote, wrap } from "comlink";
import { ReadError } from "../../errors.ts";
import { type Spawn, type WorkerPort, webPort } from "../../port.ts";
import { orAborted } from "../../source/or-aborted.ts";
import type { Answer, Hdf5Worker } from "./protocol.ts";

/** Time for a message that has arrived to be delivered after a busy host missed its turn. */
const GRACE = 50;

/** One running worker. */
export interface WorkerHandle {
  /** Calls the worker and waits for its answer, at most `milliseconds` and until `signal` aborts. */
  answer(
    call: (api: Remote<Hdf5Worker>) => Promise<Answer>,
    milliseconds: number,
    signal: AbortSignal | undefined,
  ): Promise<Answer>;
  stop(): void;
}

/**
 * Starts the HDF5 worker for `file`. The calls go through comlink; what comlink lacks is added around it: it knows nothing
 * of a worker that died, and its promises stay open for ever when one is terminated.
 */
export function startWorker(spawn: Spawn | undefined, file: string): WorkerHandle {
  // Bundlers find the worker's file by this very form of the expression.
  const port =
    spawn === undefined
      ? webPort(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }))
      : spawn(new URL("./worker.js", import.meta.url));
  let fail: (error: ReadError) => void = () => {};
  const died = new Promise<never>((_, reject) => {
    fail = reject;
  });
  died.catch(() => {});
  port.onFailure((reason) => {
    fail(
      new ReadError("unsupported", `The worker that reads HDF5 stopped: ${reason.message}`, {
        cause: reason,
      }),
    );
  });
  const api = wrap<Hdf5Worker>(endpointOf(port));
  return {
    async answer(call, milliseconds, signal) {
      const limit = silenceLimit(milliseconds);
      try {
        return await orAborted(Promise.race([call(api), died, limit.passed]), signal, file);
      } finally {
        limit.cancel();
      }
    },
    stop: () => port.terminate(),
  };
}

/** Rejects with `deadline` after `milliseconds`, once more messages have had a chance to arrive. */
function silenceLimit(milliseconds: number): { readonly passed: Promise<never>; cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      timer = setTimeout(() => {
        reject(
          new ReadError(
            "deadline",
            `HDF5 worked on one step for more than ${milliseconds / 1000} s and was stopped; the file is probably damaged.`,
          ),
        );
      }, GRACE);
    }, milliseconds);
  });
  return { passed, cancel: () => clearTimeout(timer) };
}

/** A port as comlink wants it: it adds and removes listeners by itself. */
function endpointOf(port: WorkerPort): Endpoint {
  const listeners = new Set<(event: MessageEvent) => void>();
  port.onMessage((data) => {
    for (const listener of [...listeners]) listener({ data } as MessageEvent);
  });
  const callbackOf = (listener: EventListenerOrEventListenerObject): ((event: MessageEvent) => void) =>
    listener as (event: MessageEvent) => void;
  return {
    postMessage: (message, transfers = []) => port.post(message, transfers as ArrayBuffer[]),
    addEventListener: (_type, listener) => void listeners.add(callbackOf(listener)),
    removeEventListener: (_type, listener) => void listeners.delete(callbackOf(listener)),
  };
}
