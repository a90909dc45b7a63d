import { parentPort, workerData } from "node:worker_threads";

/**
 * The first module of a worker in Node: gives it the part of a web worker's global scope that workers talk
 * through, then runs the module that it was started for. Messages that come before are kept by the port.
 */
type Listener = (event: { readonly data: unknown }) => void;

const port = parentPort;
if (port !== null) {
  const listeners = new Set<Listener>();
  const scope = {
    self: globalThis,
    onmessage: null as Listener | null,
    postMessage: (message: unknown, transfer: readonly ArrayBuffer[] = []) =>
      port.postMessage(message, transfer),
    addEventListener: (type: string, listener: Listener) => {
      if (type === "message") listeners.add(listener);
    },
    removeEventListener: (_type: string, listener: Listener) => void listeners.delete(listener),
    close: () => port.close(),
  };
  Object.assign(globalThis, scope);
  await import(String(workerData));
  const { onmessage } = globalThis as unknown as Pick<typeof scope, "onmessage">;
  if (onmessage !== null) listeners.add(onmessage);
  port.on("message", (data: unknown) => {
    for (const listener of [...listeners]) listener({ data });
  });
}
