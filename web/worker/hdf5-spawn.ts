import { type Spawn, type WorkerPort, webPort } from "kernelscope";

/**
 * Starts the HDF5 worker from a script that has to be fetched first: what is posted in the meantime waits. It is
 * started from a blob, not from its address, because only so it inherits the page's content security policy.
 */
export function spawnFrom(script: () => Promise<Blob>): Spawn {
  return () => {
    const waiting: (readonly [message: unknown, transfer: readonly ArrayBuffer[]])[] = [];
    let port: WorkerPort | null = null;
    let ended = false;
    let onMessage: (message: unknown) => void = () => {};
    let onFailure: (reason: Error) => void = () => {};
    script().then(
      (blob) => {
        if (ended) return;
        const address = URL.createObjectURL(blob);
        port = webPort(new Worker(address, { type: "module" }));
        port.onMessage((message) => {
          // The worker speaks, so its script has been read.
          URL.revokeObjectURL(address);
          onMessage(message);
        });
        port.onFailure((reason) => onFailure(reason));
        for (const [message, transfer] of waiting.splice(0)) port.post(message, transfer);
      },
      () => onFailure(new Error("its script could not be fetched from this page's folder")),
    );
    return {
      post(message, transfer = []) {
        if (port === null) waiting.push([message, transfer]);
        else port.post(message, transfer);
      },
      onMessage(listener) {
        onMessage = listener;
      },
      onFailure(listener) {
        onFailure = listener;
      },
      terminate() {
        ended = true;
        port?.terminate();
      },
    };
  };
}
