import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { type Hdf5File, openHdf5 } from "../hdf5/hdf5-file.ts";
import { joinStores, readStore, STORE_ATTRIBUTES, type StoreContents } from "./store-tree.ts";

/** Several HDF5 files that together are one Keras 3 store. */
export interface OpenStores {
  readonly contents: StoreContents;
  /** Stops the workers. */
  close(): void;
}

/** Opens the files one after another (each holds a worker while it is listed) and joins what they hold. */
export async function openStores(
  sources: readonly Source[],
  { budget, signal, spawn }: Pick<OpenContext, "budget" | "signal" | "spawn">,
): Promise<OpenStores> {
  const files: Hdf5File[] = [];
  const close = (): void => {
    for (const file of files) file.close();
  };
  try {
    const contents: StoreContents[] = [];
    let first = 0;
    for (const source of sources) {
      const file = await openHdf5(source, { budget, signal, spawn, attributes: STORE_ATTRIBUTES });
      files.push(file);
      const store = readStore(file, first);
      if (store !== null) contents.push(store);
      first += source.size;
    }
    return { contents: joinStores(contents), close };
  } catch (error) {
    close();
    throw error;
  }
}
