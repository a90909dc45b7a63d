import type { Spawn, WorkerPort } from "../index.ts";

/**
 * Starts module workers in Node: pass it to `open` as `spawn`. The worker sees the web's `self.onmessage`,
 * `self.addEventListener` and `self.postMessage`, so that one worker file serves pages and Node. A worker that
 * has nothing to do does not keep the process alive.
 *
 * @example
 * const model = await open(source, { spawn: nodeSpawn });
 */
export const nodeSpawn: Spawn = (url: URL): WorkerPort => {
  // Asked for when a worker is needed: importing it costs every start of the command some milliseconds.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(new URL("./worker-scope.js", import.meta.url), { workerData: url.href });
  // A message posted holds the process until something comes back.
  worker.unref();
  return {
    post(message, transfer = []) {
      worker.ref();
      worker.postMessage(message, transfer);
    },
    onMessage(listener) {
      worker.removeAllListeners("message");
      worker.on("message", (message: unknown) => {
        worker.unref();
        listener(message);
      });
    },
    onFailure(listener) {
      worker.removeAllListeners("error");
      worker.removeAllListeners("exit");
      worker.on("error", (error: unknown) =>
        listener(error instanceof Error ? error : new Error(String(error))),
      );
      worker.on("exit", (code) => listener(new Error(`it ended with code ${code}`)));
    },
    terminate() {
      worker.removeAllListeners();
      // Nobody waits for the end, and an error on the way there is no news.
      worker.on("error", () => {});
      void worker.terminate();
    },
  };
};
