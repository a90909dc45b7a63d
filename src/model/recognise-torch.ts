import type { Tensor } from "../tensor/tensor.ts";
import { conventionOrder } from "./guess-order.ts";
import type { LayerFacts } from "./layers.ts";
import { saysDepthwise, saysTransposed, type TensorName } from "./names.ts";

/** What surrounds a tensor. */
export interface Neighbours {
  readonly byName: ReadonlyMap<string, Tensor>;
  /** Outputs of the convolution before this one, null for the first. */
  readonly previousOut: number | null;
}

/** Kind, order, groups and bias of a kernel, as far as its neighbours tell. */
export type Recognised = Pick<LayerFacts, "kind" | "axisOrder" | "groups" | "bias" | "note">;

/**
 * What a kernel stored `OI…` is. A state dict cannot tell transposed from plain convolution; the bias, the
 * normalisation that follows and the name can.
 */
export function recogniseTorch(tensor: Tensor, name: TensorName, neighbours: Neighbours): Recognised {
  const [first = 0, second = 0, ...spatial] = tensor.shape;
  const bias = biasOf(name, neighbours.byName);
  const named = saysTransposed(name.own);
  const hint =
    bias?.shape[0] ??
    outputsOfNext(name, neighbours.byName) ??
    (named ? outputsOfNamesake(name, neighbours.byName) : null);
  const order = conventionOrder("torch", tensor.shape.length);
  const groups = hint === null || second === 0 ? 1 : hint / second;
  const grouped = hint !== null && Number.isInteger(groups) && groups > 0 && first % groups === 0;
  // Stored [in, out / groups, …]: the outputs are a multiple of the second extent, not the first one.
  const transposed =
    hint === null ? named : grouped && (named || (hint !== first && (groups === 1 || bias !== null)));
  if (transposed) {
    const reason =
      hint === null || hint === first
        ? "its name"
        : `its ${bias === null ? "normalisation" : "bias"} of ${hint} outputs`;
    return {
      kind: "transposed",
      axisOrder: `IO${order.slice(2)}`,
      groups: hint === null ? null : groups,
      bias,
      note: `The file holds no graph; taken for a transposed convolution by ${reason}.`,
    };
  }
  const own = { axisOrder: order, bias: bias !== null && bias.shape[0] === first ? bias : null };
  if (second !== 1 || first === 1) return { kind: "conv", groups: null, ...own };
  return { ...own, ...oneInput(first, spatial, name, neighbours) };
}

/** A kernel with a single input per filter: depthwise, or the convolution of a single-channel input. */
export function oneInput(
  out: number,
  spatial: readonly number[],
  name: TensorName,
  { previousOut }: Neighbours,
): Pick<Recognised, "kind" | "groups" | "note"> {
  if (saysDepthwise(name.own) || saysDepthwise(name.words)) return { kind: "depthwise", groups: out };
  if (previousOut === out && spatial.some((extent) => extent > 1)) {
    return {
      kind: "depthwise",
      groups: out,
      note: `The file holds no graph; taken for depthwise because the convolution before it has ${out} outputs and each of its filters has one input.`,
    };
  }
  return {
    kind: "conv",
    groups: null,
    note: "Each filter has one input: a convolution of a single-channel input, or a depthwise one; the file does not say.",
  };
}

/** The bias of the same layer, when it is a vector. */
export function biasOf({ prefix, leaf }: TensorName, byName: ReadonlyMap<string, Tensor>): Tensor | null {
  const word = leaf === "w" ? "b" : leaf === "weights" ? "biases" : "bias";
  for (const name of [`${prefix}${word}`, `${prefix}${word}:0`]) {
    const bias = byName.get(name);
    if (bias !== undefined && bias.shape.length === 1) return bias;
  }
  return null;
}

/** Outputs of the normalisation that follows in a Sequential: `features.1` after `features.0`. */
function outputsOfNext({ layer }: TensorName, byName: ReadonlyMap<string, Tensor>): number | null {
  const number = /^(.*[._])(\d+)$/.exec(layer);
  return number === null ? null : normalised(`${number[1]}${Number(number[2]) + 1}`, byName);
}

/**
 * Outputs of the normalisation with the same number: `bn1` of `deconv1`. It tells nothing of a plain convolution,
 * since in networks of pre-activation `bn1` stands before `conv1` and has its inputs.
 */
function outputsOfNamesake({ layer }: TensorName, byName: ReadonlyMap<string, Tensor>): number | null {
  const number = /conv[a-z_]*(\d*)$/.exec(layer);
  if (number === null) return null;
  const stem = layer.slice(0, layer.lastIndexOf(".") + 1);
  return normalised(`${stem}bn${number[1]}`, byName) ?? normalised(`${stem}norm${number[1]}`, byName);
}

function normalised(norm: string, byName: ReadonlyMap<string, Tensor>): number | null {
  const mean = byName.get(`${norm}.running_mean`);
  return mean !== undefined && mean.shape.length === 1 ? mean.shape[0]! : null;
}
