import { type Budget, createBudget } from "../budget.ts";
import { inFile, ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Source } from "../source/source.ts";
import { steady } from "../source/steady.ts";
import type { OpenContext, OpenOptions } from "./format.ts";
import { formats } from "./formats.ts";
import { readProbe } from "./probe.ts";
import { readers } from "./readers.ts";

/** How deep containers may hold containers: a zip of a tar of a gzip'd file is as deep as people go. */
export const CONTAINERS_MOST = 3;

/** What `open` does, in a module of its own that is loaded with the first file. */
export async function openSource(from: Source, options: OpenOptions): Promise<Model> {
  // Every format reads through this guard, so that none can forget it.
  const source = steady(from);
  const budget = options.budget ?? createBudget();
  try {
    return await openGuarded(source, options, budget, 0);
  } catch (error) {
    throw inFile(error, source.name);
  }
}

async function openGuarded(
  source: Source,
  options: OpenOptions,
  budget: Budget,
  depth: number,
): Promise<Model> {
  if (source.size === 0) throw new ReadError("truncated", "The file is empty (0 bytes).");
  const probe = await readProbe(source, budget, options.signal);
  const row = formats.find(({ title }) => readers[title].matches(probe));
  if (row === undefined) {
    const { unrecognised } = await import("./unrecognised.ts");
    throw unrecognised(probe, formats);
  }
  const format = await readers[row.title].load();
  const context: OpenContext = {
    probe,
    budget,
    spawn: options.spawn,
    axisOrder: options.axisOrder,
    signal: options.signal,
    openInner(inner) {
      if (depth >= CONTAINERS_MOST) {
        throw new ReadError(
          "limit",
          `Archives are nested deeper than ${CONTAINERS_MOST} levels: unpack them first.`,
        );
      }
      return openGuarded(inner, options, budget, depth + 1);
    },
  };
  return await format.open(source, context);
}
