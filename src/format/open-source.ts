import { createBudget } from "../budget.ts";
import { inFile, ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Source } from "../source/source.ts";
import { steady } from "../source/steady.ts";
import type { OpenContext, OpenOptions } from "./format.ts";
import { formats } from "./formats.ts";
import { readProbe } from "./probe.ts";

/** What `open` does, in a module of its own that is loaded with the first file. */
export async function openSource(from: Source, options: OpenOptions): Promise<Model> {
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
