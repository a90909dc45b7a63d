import { type FoundLayers, findLayers } from "../model/find-layers.ts";
import { convLayer } from "../model/layers.ts";
import type { Model } from "../model/model.ts";
import { compareNatural } from "../model/names.ts";
import { parametersOf } from "../model/parameters.ts";
import type { Source } from "../source/source.ts";
import { isDType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OpenContext } from "./format.ts";
import { readSafetensorsHeader, type SafetensorsHeader } from "./safetensors-header.ts";
import { storedTensor } from "./stored-tensor.ts";

/** Opens a single safetensors file. */
export async function open(
  source: Source,
  { probe, budget, axisOrder, signal }: OpenContext,
): Promise<Model> {
  const header = await readSafetensorsHeader(source, probe.head, budget, signal);
  return safetensorsModel({
    file: source.name,
    format: "safetensors",
    tensors: safetensorsTensors(header, source),
    metadata: header.metadata,
    axisOrder,
    close: async () => source.close?.(),
  });
}

/**
 * The tensors of one file, in the order of their bytes; or, where the writer has sorted them by name within each
 * dtype (as the reference implementation does), as people count: `conv2` before `conv10`, whatever the dtype.
 */
export function safetensorsTensors(header: SafetensorsHeader, source: Source): Tensor[] {
  const { entries } = header;
  const sorted = entries.every((entry, i) => {
    const before = entries[i - 1];
    return before === undefined || before.dtype !== entry.dtype || before.name < entry.name;
  });
  const ordered = sorted ? entries.toSorted((a, b) => compareNatural(a.name, b.name)) : entries;
  return ordered.map(({ name, dtype, shape, offset }) =>
    storedTensor({
      name,
      dtype,
      shape,
      source,
      offset,
      ...(isDType(dtype) ? {} : { unreadable: `Its dtype is ${dtype}, which Kernelscope does not read.` }),
    }),
  );
}

/** What the single and the sharded form have in common. */
export interface SafetensorsParts {
  readonly file: string;
  readonly format: string;
  readonly tensors: readonly Tensor[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly axisOrder: string | undefined;
  readonly close: () => Promise<void>;
}

/** Frameworks by the word in `__metadata__.format`. */
const FRAMEWORKS: Readonly<Record<string, string>> = {
  pt: "pytorch",
  tf: "tensorflow",
  flax: "flax",
  mlx: "mlx",
  np: "numpy",
};

/** Whether the metadata say that every tensor is a kernel in canonical axes, as `kernelscope export` writes them. */
function isOurs(metadata: ReadonlyMap<string, string>): boolean {
  return (
    metadata.get("producer") === "kernelscope" && metadata.get("axes") === "out,inPerGroup,depth,height,width"
  );
}

function canonicalLayers(tensors: readonly Tensor[]): FoundLayers {
  const kernels = tensors.filter(({ shape }) => shape.length === 5);
  const layers = kernels.map((kernel, index) =>
    convLayer({ name: kernel.name, kind: "conv", axisOrder: "OIDHW", evidence: "config", kernel }, index),
  );
  return {
    layers,
    rejected: [],
    notes: ["Exported by Kernelscope in canonical axes: what kind of convolution each was is not kept."],
  };
}

/** A model out of tensors and metadata; the layers are found by name and shape. */
export function safetensorsModel({
  file,
  format,
  tensors,
  metadata,
  axisOrder,
  close,
}: SafetensorsParts): Model {
  const word = metadata.get("format") ?? "";
  const found = isOurs(metadata)
    ? canonicalLayers(tensors)
    : findLayers(tensors, { axisOrder, convention: word === "mlx" ? "mlx" : null });
  return {
    file,
    format,
    producer: isOurs(metadata) ? "kernelscope" : Object.hasOwn(FRAMEWORKS, word) ? FRAMEWORKS[word]! : null,
    ...(metadata.size === 0 ? {} : { metadata }),
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: found.notes,
    close,
  };
}
