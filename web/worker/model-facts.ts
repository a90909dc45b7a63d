import type { ConvLayer, Model, Tensor } from "kernelscope";
import { formatTitle } from "kernelscope";
import { type LayerFacts, type ModelFacts, REJECTED_SHOWN, type RejectedFacts } from "../protocol.ts";

/** What the page may know of a model: plain values, no tensors. */
export function modelFacts(model: Model, given: string, bytes: number): ModelFacts {
  const rejected = rejectedFacts(model);
  return {
    file: model.file,
    given,
    bytes,
    format: formatTitle(model.format),
    producer: model.producer,
    layers: model.layers.map(layerFacts),
    tensors: model.tensors.length,
    parameters: model.parameters.total,
    rejected: rejected.slice(0, REJECTED_SHOWN),
    rejectedCount: rejected.length,
    notes: [...model.notes],
  };
}

/** What was looked at and left out; in a model without convolutions every other tensor too. */
function rejectedFacts(model: Model): readonly RejectedFacts[] {
  const facts = ({ name, dtype, shape }: Tensor, reason: string): RejectedFacts => ({
    name,
    dtype,
    shape: [...shape],
    reason,
  });
  const named = model.rejected.map(({ tensor, reason }) => facts(tensor, reason));
  if (model.layers.length > 0) return named;
  const known = new Set(model.rejected.map(({ tensor }) => tensor));
  const others = model.tensors.filter((tensor) => !known.has(tensor));
  return [
    ...named,
    ...others.map((tensor) =>
      facts(tensor, tensor.unreadable ?? "Neither its name nor its shape is that of a kernel."),
    ),
  ];
}

function layerFacts(layer: ConvLayer): LayerFacts {
  const [out, inPerGroup, depth, height, width] = layer.shape;
  const kernel = out * inPerGroup * depth * height * width;
  const bias = layer.bias === null ? 0 : layer.bias.shape.reduce((product, extent) => product * extent, 1);
  return {
    index: layer.index,
    name: layer.name,
    kind: layer.kind,
    rank: layer.rank,
    shape: layer.shape,
    groups: layer.groups,
    strides: layer.strides,
    dilation: layer.dilation,
    padding: paddingText(layer.padding),
    dtype: layer.kernel.dtype,
    dequantized: layer.kernel.quantization !== undefined,
    tensor: layer.kernel.name,
    axisOrder: layer.axisOrder,
    evidence: layer.evidence,
    note: layer.note ?? null,
    parameters: { kernel, bias, total: kernel + bias },
    slices: out * inPerGroup * depth,
    unreadable: layer.kernel.unreadable ?? null,
  };
}

function paddingText(padding: ConvLayer["padding"]): string | null {
  if (padding === null || typeof padding === "string") return padding;
  return padding
    .map(([before, after]) => (before === after ? String(before) : `${before} and ${after}`))
    .join(", ");
}
