import { isReadError } from "../../errors.ts";
import { convLayer, type LayerFacts } from "../../model/layers.ts";
import type { BatchNorm } from "../../model/model.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { type Constant, numbersOf } from "./constant.ts";
import type { Consumers } from "./consumers.ts";
import { convGeometry, isChannelsLast } from "./geometry.ts";
import type { OnnxNode } from "./messages.ts";
import type { ConvOperator } from "./operators.ts";
import { attributeOf, lookUp, type Scope, shapeOf } from "./scope.ts";

const SPATIAL = ["W", "HW", "DHW"] as const;

/** A convolution that was found, or why its weight is none that can be shown. */
export type FoundConvolution =
  | { readonly kind: "layer"; readonly facts: LayerFacts }
  | { readonly kind: "rejected"; readonly tensor: Tensor; readonly reason: string };

/** The layer that `node` is, whose kernel is `weight`; `at` counts the convolutions before it. */
export function convolutionOf(
  node: OnnxNode,
  operator: ConvOperator,
  weight: Constant,
  scope: Scope,
  at: number,
): FoundConvolution {
  const int = (name: string, otherwise: number): number => attributeOf(scope, node, name)?.int ?? otherwise;
  const ints = (name: string): readonly number[] | null => attributeOf(scope, node, name)?.ints ?? null;
  const { shape } = weight.tensor;
  const rank = shape.length - 2;
  const spatial = SPATIAL[rank - 1];
  const { tensor } = weight;
  if (spatial === undefined) {
    const reason = `A kernel of ${node.operator} has 3 to 5 axes, but ${JSON.stringify(tensor.name)} has the shape [${shape.join(", ")}].`;
    return { kind: "rejected", tensor, reason };
  }
  const groups = int("group", 1);
  const channelsLast = isChannelsLast(operator, int("channels_last", 0));
  const attributes = {
    group: groups,
    strides: ints("strides"),
    dilations: ints("dilations"),
    pads: ints("pads"),
    autoPad: attributeOf(scope, node, "auto_pad")?.text ?? "NOTSET",
  };
  const kernelShape = ints("kernel_shape");
  const [first = 0, inPerGroup = 0] = shape;
  const contradiction =
    operator.unreadable ??
    (kernelShape !== null && kernelShape.length > 0 && kernelShape.join() !== shape.slice(2).join()
      ? `Its node says kernel_shape [${kernelShape.join(", ")}], but its weight has the shape [${shape.join(", ")}].`
      : !(groups >= 1) || first % groups !== 0
        ? `Its weight of shape [${shape.join(", ")}] cannot have ${groups} groups.`
        : undefined);
  const kernel = contradiction === undefined ? tensor : { ...tensor, unreadable: contradiction };
  const bias = operator.bias === null ? null : lookUp(scope, node.inputs[operator.bias] ?? "");
  const isDepthwise = operator.transposed !== true && groups > 1 && inPerGroup === 1;
  const inner = node.name || weight.tensor.name || `op_${at}`;
  const facts: LayerFacts = {
    name: [...scope.callers, inner].join("/"),
    kind: operator.transposed === true ? "transposed" : isDepthwise ? "depthwise" : "conv",
    axisOrder: (operator.transposed === true ? "IO" : "OI") + spatial,
    evidence: "operator",
    kernel,
    bias: bias?.tensor ?? null,
    groups: groups >= 1 ? groups : null,
    ...convGeometry(attributes, rank, channelsLast, shapeOf(scope, node.inputs[0] ?? "")),
    note: weight.note,
  };
  return tried(facts);
}

/** Facts that make a layer, or why they do not. */
function tried(facts: LayerFacts): FoundConvolution {
  try {
    convLayer(facts, 0);
    return { kind: "layer", facts };
  } catch (error) {
    if (!isReadError(error)) throw error;
    return { kind: "rejected", tensor: facts.kernel, reason: error.message };
  }
}

/**
 * The batch normalisation that alone uses the output of a convolution: BatchNormalization(X, scale, B, mean, var) with
 * constants of one value a channel, as in inference.
 */
export function batchNormAfter(node: OnnxNode, consumers: Consumers, scope: Scope): BatchNorm | null {
  const after = consumers.only(node.outputs[0] ?? "");
  if (after === null || after.operator !== "BatchNormalization" || after.inputs[0] !== node.outputs[0])
    return null;
  if ((attributeOf(scope, after, "training_mode")?.int ?? 0) !== 0) return null;
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((input) =>
    lookUp(scope, after.inputs[input] ?? ""),
  );
  if (!scale || !offset || !mean || !variance) return null;
  return {
    scale: scale.tensor,
    offset: offset.tensor,
    mean: mean.tensor,
    variance: variance.tensor,
    epsilon: attributeOf(scope, after, "epsilon")?.float ?? Math.fround(1e-5),
  };
}

/**
 * A kernel of ConvInteger or QLinearConv with its scale and zero point; null when they are no constants.
 * ConvInteger has no scale of its own: ONNX Runtime's dynamic quantisation multiplies behind it, by the product of
 * the input's scale and the kernel's; where that is so, the kernel's scale is taken.
 */
export async function quantizedKernel(
  node: OnnxNode,
  { scale: scaleInput, zero: zeroInput }: NonNullable<ConvOperator["quantized"]>,
  weight: Constant,
  scope: Scope,
  consumers: Consumers,
  producers: ReadonlyMap<string, OnnxNode>,
  context: ReadContext,
): Promise<Constant | null> {
  const { tensor } = weight;
  if (tensor.quantization !== undefined) return weight;
  const channels = tensor.shape[0] ?? 0;
  const zeroName = node.inputs[zeroInput] ?? "";
  const zero = zeroName === "" ? null : lookUp(scope, zeroName);
  const scale =
    scaleInput === null
      ? scaleBehind(node, scope, consumers, producers)
      : lookUp(scope, node.inputs[scaleInput] ?? "");
  if ((zeroName !== "" && zero === null) || (scaleInput !== null && scale === null)) return null;
  const zeroPoint = zero === null ? Float32Array.of(0) : await numbersOf(zero, context);
  const scales = scale === null ? Float32Array.of(1) : await numbersOf(scale, context);
  if (zeroPoint === null || scales === null) return null;
  const perChannel = scales.length > 1 || zeroPoint.length > 1;
  const spread = perChannel && scales.length === 1 ? new Float32Array(channels).fill(scales[0]!) : scales;
  if (perChannel && (spread.length !== channels || (zeroPoint.length !== channels && zeroPoint.length !== 1)))
    return {
      ...weight,
      tensor: {
        ...tensor,
        unreadable: `It has ${scales.length} scales and ${zeroPoint.length} zero points for ${channels} filters.`,
      },
    };
  const quantization = { scale: spread, zeroPoint, axis: perChannel ? 0 : null };
  const note =
    scale === null
      ? "ConvInteger knows no scale: the weights shown are the stored integers less their zero point."
      : weight.note;
  return { ...weight, tensor: { ...tensor, quantization }, note };
}

/** ConvInteger → Cast → Mul(by Mul(input scale, kernel scale)): the constant factor of the inner product. */
function scaleBehind(
  node: OnnxNode,
  scope: Scope,
  consumers: Consumers,
  producers: ReadonlyMap<string, OnnxNode>,
): Constant | null {
  const cast = consumers.only(node.outputs[0] ?? "");
  if (cast?.operator !== "Cast") return null;
  const mul = consumers.only(cast.outputs[0] ?? "");
  if (mul?.operator !== "Mul") return null;
  const other = mul.inputs.find((name) => name !== cast.outputs[0]) ?? "";
  const product = producers.get(other);
  if (product?.operator !== "Mul") return null;
  const constants = product.inputs.map((name) => lookUp(scope, name)).filter((value) => value !== null);
  const [scale] = constants;
  return constants.length === 1 && scale!.dtype === "float32" && scale!.tensor.shape.length <= 1
    ? scale!
    : null;
}
