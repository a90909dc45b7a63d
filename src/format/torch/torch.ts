import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { looksLikeTorchStream } from "./recognise.ts";

/** Opens a PyTorch file: an archive, a stream of before 1.6, or the index of a model in several files. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { probe } = context;
  if (probe.zip !== null) return (await import("./archive.ts")).open(source, context);
  if (looksLikeTorchStream(probe)) return (await import("./stream.ts")).open(source, context);
  return (await import("./sharded.ts")).open(source, context);
}
