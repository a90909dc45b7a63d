import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { openHdf5 } from "../hdf5/hdf5-file.ts";
import { hdf5Model, KERAS_ATTRIBUTES } from "./hdf5-models.ts";

/**
 * Opens any HDF5 file: a whole Keras 2 model or its weights, a Keras 3 `.weights.h5`, or datasets that somebody
 * else wrote. Only the directory is read.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal, spawn } = context;
  const file = await openHdf5(source, { budget, signal, spawn, attributes: KERAS_ATTRIBUTES });
  try {
    return hdf5Model(file, {
      file: source.name,
      format: "hdf5",
      context,
      close: async () => {
        file.close();
        await source.close?.();
      },
    });
  } catch (error) {
    file.close();
    throw error;
  }
}
