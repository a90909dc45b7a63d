import { type Budget, createBudget } from "../budget.ts";
import { inFile, ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Folder, Source } from "../source/source.ts";
import { steady, steadyFolder } from "../source/steady.ts";
import type { FolderContext, FormatRow, OpenOptions } from "./format.ts";
import { formats } from "./formats.ts";
import { readProbe } from "./probe.ts";
import { readers } from "./readers.ts";

/** How deep containers may hold containers: a zip of a tar of a gzip'd file is as deep as people go. */
export const CONTAINERS_MOST = 3;

/** What `open` does, in a module of its own that is loaded with the first file. */
export async function openSource(from: Source | Folder, options: OpenOptions): Promise<Model> {
  const budget = options.budget ?? createBudget();
  try {
    // Every format reads through these guards, so that none can forget them.
    const guarded = isFolder(from) ? steadyFolder(from) : steady(from);
    return await openAt(guarded, options.entry, options, budget, 0);
  } catch (error) {
    throw inFile(error, from.name);
  }
}

function isFolder(from: Source | Folder): from is Folder {
  return "entries" in from;
}

async function openAt(
  from: Source | Folder,
  entry: string | undefined,
  options: OpenOptions,
  budget: Budget,
  depth: number,
): Promise<Model> {
  const context: FolderContext = {
    budget,
    spawn: options.spawn,
    axisOrder: options.axisOrder,
    signal: options.signal,
    entry,
    openInner(inner, rest) {
      // A folder is no level of its own: it is what an archive holds.
      const deeper = isFolder(inner) ? depth : depth + 1;
      if (deeper > CONTAINERS_MOST) {
        throw new ReadError(
          "limit",
          `Archives are nested deeper than ${CONTAINERS_MOST} levels: unpack them first.`,
        );
      }
      return openAt(inner, rest, options, budget, deeper);
    },
  };
  if (isFolder(from)) {
    const { openFolder } = await import("./open-folder.ts");
    return openFolder(from, context);
  }
  return openFile(from, context);
}

async function openFile(source: Source, context: FolderContext): Promise<Model> {
  if (source.size === 0) throw new ReadError("truncated", "The file is empty (0 bytes).");
  const probe = await readProbe(source, context.budget, context.signal);
  const row: (FormatRow & (typeof formats)[number]) | undefined = formats.find(({ title }) =>
    readers[title].matches(probe),
  );
  if (row === undefined) {
    const { unrecognised } = await import("./unrecognised.ts");
    throw unrecognised(probe, formats);
  }
  if (context.entry !== undefined && row.container !== true) {
    throw new ReadError(
      "bad-option",
      `The file is one model (${row.title}), so it has no entry ${JSON.stringify(context.entry)} to choose.`,
    );
  }
  const format = await readers[row.title].load();
  return await format.open(source, { ...context, probe });
}
