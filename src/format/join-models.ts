import type { BatchNorm, ConvLayer, Model } from "../model/model.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A model that becomes a part of another, under a name. */
export interface ModelPart {
  readonly name: string;
  readonly model: Model;
}

/** Several models as one: every name begins with its part's name and a slash. */
export function joinModels(
  parts: readonly ModelPart[],
  whole: Pick<Model, "file" | "producer" | "notes">,
): Model {
  const tensors: Tensor[] = [];
  const layers: ConvLayer[] = [];
  const rejected: { tensor: Tensor; reason: string }[] = [];
  for (const { name, model } of parts) {
    const renamed = new Map<Tensor, Tensor>();
    const inPart = (tensor: Tensor): Tensor => {
      const known = renamed.get(tensor);
      if (known !== undefined) return known;
      const made = { ...tensor, name: `${name}/${tensor.name}` };
      renamed.set(tensor, made);
      return made;
    };
    tensors.push(...model.tensors.map(inPart));
    for (const layer of model.layers) {
      layers.push({
        ...layer,
        index: layers.length,
        name: `${name}/${layer.name}`,
        kernel: inPart(layer.kernel),
        bias: layer.bias === null ? null : inPart(layer.bias),
        batchNorm: layer.batchNorm === null ? null : normIn(layer.batchNorm, inPart),
      });
    }
    for (const { tensor, reason } of model.rejected) rejected.push({ tensor: inPart(tensor), reason });
  }
  const formats = new Set(parts.map(({ model }) => model.format));
  const notes = new Set(parts.flatMap(({ model }) => model.notes));
  return {
    ...whole,
    format: [...formats].join("+"),
    layers,
    tensors,
    rejected,
    architecture: null,
    parameters: {
      total: parts.reduce((sum, { model }) => sum + model.parameters.total, 0),
      trainable: null,
      nonTrainable: null,
    },
    notes: [...whole.notes, ...notes],
    async close() {
      await Promise.all(parts.map(({ model }) => model.close()));
    },
  };
}

function normIn(norm: BatchNorm, inPart: (tensor: Tensor) => Tensor): BatchNorm {
  return {
    ...norm,
    scale: norm.scale === null ? null : inPart(norm.scale),
    offset: norm.offset === null ? null : inPart(norm.offset),
    mean: inPart(norm.mean),
    variance: inPart(norm.variance),
  };
}
