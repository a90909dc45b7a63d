import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { isBareName, type Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { type Bundle, openBundle } from "./bundle.ts";
import { checkpointModel } from "./checkpoint-model.ts";
import { checkpointTensors } from "./checkpoint-tensors.ts";
import { openOldCheckpoint } from "./old-checkpoint.ts";
import { shardPrefix, stateFile } from "./recognise.ts";

/**
 * Opens a TensorFlow checkpoint: by its `.index`, by one of its `.data-00000-of-00001` shards, by the text file
 * `checkpoint` that names the latest one, or (TensorFlow 1's first kind) by the table that holds everything.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { probe } = context;
  const prefix = shardPrefix(probe.name);
  if (prefix !== null) return openBeside(source, prefix, context);
  const state = stateFile(probe);
  if (state !== null) return openBeside(source, state, context);
  const bundle = await openBundle(source, context.budget, context.signal);
  return bundle === null ? openOldCheckpoint(source, context) : bundleModel(source, bundle, context);
}

/** The checkpoint `prefix` beside `source`. */
async function openBeside(source: Source, prefix: string, context: OpenContext): Promise<Model> {
  const name = `${prefix}.index`;
  if (!isBareName(name)) {
    throw new ReadError(
      "refused",
      `It names the checkpoint ${JSON.stringify(prefix)}; only files beside it, named without a path, are read: open the .index file itself.`,
    );
  }
  const index = (await source.sibling?.(name, context.signal)) ?? null;
  if (index === null) {
    throw new ReadError(
      "missing-sibling",
      `A shard says nothing about what is in it, and the checkpoint's index ${JSON.stringify(name)} is not beside this file: open a folder (or drop both files) that holds it.`,
    );
  }
  try {
    const bundle = await openBundle(index, context.budget, context.signal, source);
    if (bundle === null) {
      throw new ReadError(
        "malformed",
        `${JSON.stringify(name)} should be a checkpoint's index, but is another table.`,
      );
    }
    return await bundleModel(source, bundle, context, index);
  } catch (error) {
    await index.close?.();
    throw error;
  }
}

async function bundleModel(
  source: Source,
  bundle: Bundle,
  { budget, signal, axisOrder }: OpenContext,
  index?: Source,
): Promise<Model> {
  const { all } = await checkpointTensors(bundle, budget, signal);
  return checkpointModel(source, all, axisOrder, async () => {
    await Promise.all([bundle.close(), index?.close?.(), source.close?.()]);
  });
}
