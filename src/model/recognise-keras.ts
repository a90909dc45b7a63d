import type { Tensor } from "../tensor/tensor.ts";
import { conventionOrder } from "./guess-order.ts";
import { saysDepthwise, saysTransposed, type TensorName } from "./names.ts";
import { biasOf, type Neighbours, oneInput, type Recognised } from "./recognise-torch.ts";

/**
 * What a kernel stored `…IO` is: Keras and TensorFlow store transposed ones `…OI` and depthwise ones `…IM`;
 * Flax stores transposed ones `…IO` and depthwise ones with one input.
 */
export function recogniseKeras(tensor: Tensor, name: TensorName, neighbours: Neighbours): Recognised {
  const { shape } = tensor;
  const order = conventionOrder("keras", shape.length);
  const spatial = order.slice(0, -2);
  const [beforeLast, last] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  const bias = ownBias(name, neighbours.byName);
  const outputs = bias?.shape[0] ?? null;
  const fitting = (out: number): Tensor | null => (outputs === out ? bias : null);
  if (
    name.leaf.startsWith("depthwise") ||
    (saysDepthwise(name.own) && beforeLast > 1 && !name.leaf.startsWith("pointwise"))
  ) {
    const out = beforeLast * last;
    return { kind: "depthwise", axisOrder: `${spatial}IM`, groups: beforeLast, bias: fitting(out) };
  }
  if (outputs === beforeLast && last === 1 && beforeLast > 1) {
    return {
      kind: "depthwise",
      axisOrder: `${spatial}IM`,
      groups: beforeLast,
      bias,
      note: `The file holds no graph; taken for depthwise by its bias of ${outputs} outputs.`,
    };
  }
  const named = saysTransposed(name.own);
  const flax = /ConvTranspose/.test(name.layer);
  if (named || (outputs === beforeLast && outputs !== last)) {
    const swappedAxes =
      outputs === beforeLast && outputs !== last
        ? true
        : outputs === last && outputs !== beforeLast
          ? false
          : !flax;
    return {
      kind: "transposed",
      axisOrder: swappedAxes ? `${spatial}OI` : order,
      groups: null,
      bias: fitting(swappedAxes ? beforeLast : last),
      note: `The file holds no graph; taken for a transposed convolution by its ${named ? "name" : `bias of ${outputs} outputs`}.`,
    };
  }
  const own = { axisOrder: order, bias: fitting(last) };
  if (beforeLast !== 1 || last === 1) return { kind: "conv", groups: null, ...own };
  return { ...own, ...oneInput(last, shape.slice(0, -2), name, neighbours) };
}

/** A separable layer has one bias, after its pointwise half; a recurrent one has it after its input half. */
function ownBias(name: TensorName, byName: ReadonlyMap<string, Tensor>): Tensor | null {
  const half = name.leaf.startsWith("depthwise") && byName.has(`${name.prefix}pointwise_kernel`);
  return half || name.leaf === "recurrent_kernel" ? null : biasOf(name, byName);
}
