import hdf5Address from "kernelscope:hdf5-worker?worker&url";
import readerAddress from "./worker/main.ts?worker&url";

/** The scripts of the page's workers, fetched once and started from blobs. */
export interface Workers {
  /** A fresh worker that exposes a Studio. */
  startReader(): Promise<Worker>;
  /** The script of the HDF5 worker; null on the development server, where workers are started by address. */
  readonly hdf5: (() => Promise<Blob>) | null;
}

/**
 * Workers are started from blobs because these inherit the page's content security policy, also from a host that
 * sends no headers: not even a parser gone wrong can send a byte of a file anywhere else. Both scripts are
 * fetched as soon as the page is idle, so that it goes on working without a network.
 */
export function createWorkers(): Workers {
  if (import.meta.env.DEV) {
    return { startReader: async () => new Worker(readerAddress, { type: "module" }), hdf5: null };
  }
  const reader = once(() => fetchScript(readerAddress));
  const hdf5 = once(() => fetchScript(hdf5Address));
  const whenIdle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
  whenIdle(() => {
    reader()
      .then(hdf5)
      .catch(() => {});
  });
  return {
    async startReader() {
      const address = URL.createObjectURL(await reader());
      const worker = new Worker(address, { type: "module" });
      const forget = (): void => URL.revokeObjectURL(address);
      worker.addEventListener("message", forget, { once: true });
      worker.addEventListener("error", forget, { once: true });
      return worker;
    },
    hdf5,
  };
}

async function fetchScript(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new Blob([await response.blob()], { type: "text/javascript" });
}

/** Remembers a promise that is kept, and forgets one that is broken, so that a later call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
