import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { looksLikePickle, looksLikeTorchStream, looksLikeTorchTar } from "./recognise.ts";

/** Opens a PyTorch file: an archive, a stream of before 1.6, a plain pickle, or the index of a model in several files. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { probe } = context;
  if (probe.zip !== null) return (await import("./archive.ts")).open(source, context);
  if (looksLikeTorchStream(probe)) return (await import("./stream.ts")).open(source, context);
  if (looksLikeTorchTar(probe)) {
    throw new ReadError(
      "unsupported",
      "It is a PyTorch file of before 0.1.10 (a tar archive), which Kernelscope does not read: load it in PyTorch and save it again.",
    );
  }
  if (looksLikePickle(probe)) return (await import("./pickled.ts")).open(source, context);
  return (await import("./sharded.ts")).open(source, context);
}
