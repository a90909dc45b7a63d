/** One end of a conversation with a worker; what `Worker`, `MessagePort` and Node's worker have in common. */
export interface WorkerPort {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Replaces the listener for messages. */
  onMessage(listener: (message: unknown) => void): void;
  /** Replaces the listener for a worker that died or never started. */
  onFailure(listener: (reason: Error) => void): void;
  /** Stops the worker at once, whatever it is doing. */
  terminate(): void;
}

/** Starts a module worker; given by the platform (`nodeSpawn` in `kernelscope/node`; `webPort` of a `Worker` in pages). */
export type Spawn = (url: URL) => WorkerPort;

/** A web `Worker` seen as a port. */
export function webPort(worker: Worker): WorkerPort {
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => {
      worker.onmessage = (event) => listener(event.data);
    },
    onFailure: (listener) => {
      worker.onerror = (event) => listener(new Error(event.message || "the worker could not be started"));
      worker.onmessageerror = () => listener(new Error("a message could not be read"));
    },
    terminate: () => worker.terminate(),
  };
}
