import { createBudget } from "../budget.ts";
import { inFile, ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Source } from "../source/source.ts";
import { steady } from "../source/steady.ts";
import type { OpenContext, OpenOptions } from "./format.ts";
import { formats } from "./formats.ts";
import { readProbe } from "./probe.ts";

/**
 * Opens a weight file: recognises its format by its bytes, reads its directory and returns the convolutions in
 * it. No weights are read. Close the model when done.
 *
 * @throws ReadError `unsupported` when no format fits, or whatever the format finds wrong.
 * @example
 * const model = await open(fromBytes(bytes, "resnet18.safetensors"));
 * for (const layer of model.layers) console.log(layer.name, layer.shape);
 */
export async function open(from: Source, options: OpenOptions = {}): Promise<Model> {
  // Every format reads through this guard, so that none can forget it.
  const source = steady(from);
  const budget = options.budget ?? createBudget();
  try {
    if (source.size === 0) throw new ReadError("truncated", "The file is empty (0 bytes).");
    const probe = await readProbe(source, budget, options.signal);
    const row = formats.find((candidate) => candidate.matches(probe));
    if (row === undefined) {
      const { unrecognised } = await import("./unrecognised.ts");
      throw unrecognised(probe, formats);
    }
    const format = await row.load();
    const context: OpenContext = {
      probe,
      budget,
      spawn: options.spawn,
      axisOrder: options.axisOrder,
      signal: options.signal,
    };
    return await format.open(source, context);
  } catch (error) {
    throw inFile(error, source.name);
  }
}
