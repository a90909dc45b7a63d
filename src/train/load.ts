import { createBudget } from "../budget.ts";
import { parseJson } from "../codec/json.ts";
import { readZipDirectory } from "../codec/zip.ts";
import { readZipEntry } from "../codec/zip-entry.ts";
import { ReadError } from "../errors.ts";
import { type OpenOptions, PROBE_TAIL } from "../format/format.ts";
import { open } from "../format/open.ts";
import type { Source } from "../source/source.ts";
import { decode } from "../tensor/decode.ts";
import { countOf } from "../tensor/dtype.ts";
import type { KerasJson } from "./keras-json.ts";
import { type BuildOptions, type Network, networkFromJson } from "./network.ts";

/**
 * A network from a `.keras` file, with its weights: what Keras 3 saved, or `saveKeras`.
 *
 * @throws ReadError `unsupported` when a layer cannot be trained here
 */
export async function loadKeras(
  source: Source,
  options: BuildOptions & Pick<OpenOptions, "spawn"> = {},
): Promise<Network> {
  const budget = createBudget();
  const tail = Math.min(source.size, PROBE_TAIL);
  const entries = await readZipDirectory(source, await source.read(source.size - tail, tail), budget);
  const entry = entries.find((each) => each.name === "config.json");
  if (entry === undefined) {
    throw new ReadError("malformed", "The archive has no config.json: it is no .keras file.", {
      file: source.name,
    });
  }
  const json = parseJson(await readZipEntry(source, entry, { budget }), budget, "config.json") as KerasJson;
  const network = networkFromJson(json, options);
  const model = await open(source, { budget, spawn: options.spawn });
  try {
    const tensors = model.tensors;
    const parameters = network.layers.flatMap((layer) => layer.parameters);
    if (tensors.length !== parameters.length) {
      throw new ReadError(
        "malformed",
        `The file holds ${tensors.length} weights, its architecture asks for ${parameters.length}.`,
        { file: source.name },
      );
    }
    const values: Float32Array<ArrayBuffer>[] = [];
    for (const [i, { shape, name }] of parameters.entries()) {
      const tensor = tensors[i]!;
      if (tensor.shape.join() !== shape.join() || tensor.dtype !== "float32") {
        throw new ReadError(
          "malformed",
          `Weight ${i} (${name}) should be float32 of shape (${shape.join(", ")}), found ${tensor.dtype} of (${tensor.shape.join(", ")}).`,
          { file: source.name },
        );
      }
      values.push(
        decode(
          await tensor.readBytes({ budget }),
          "float32",
          countOf(shape),
        ).slice() as Float32Array<ArrayBuffer>,
      );
    }
    network.setWeights(values);
  } finally {
    await model.close();
  }
  return network;
}
