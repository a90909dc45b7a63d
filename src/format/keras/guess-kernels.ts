import { findLayers } from "../../model/find-layers.ts";
import { convLayer } from "../../model/layers.ts";
import type { ConvLayer, Model } from "../../model/model.ts";
import { readTensorName, saysConvolution } from "../../model/names.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { axisOrderOf, CONV_CLASSES, type ConvClass, type KernelRole, OTHER_CLASSES } from "./conv-classes.ts";
import { type KerasWeight, roleOf } from "./weight.ts";
import type { WeightUnit } from "./weight-units.ts";

/** The convolutions that names and shapes tell of. */
export interface GuessedKernels {
  readonly layers: readonly ConvLayer[];
  readonly rejected: Model["rejected"];
  readonly notes: readonly string[];
}

/**
 * Finds the convolutions in weights that come without a config. Where the class is known by its automatic name,
 * the axes are Keras's own; otherwise names and shapes decide. What only a config says (strides, padding,
 * dilation, groups, the input) stays unknown.
 */
export function guessKernels(units: readonly WeightUnit[], axisOrder: string | undefined): GuessedKernels {
  const rejected: { tensor: Tensor; reason: string }[] = [];
  const byUnit = units.map((unit) => namedKernels(unit, rejected));
  const aliases: Alias[] = units.flatMap((unit, index) =>
    byUnit[index] === null ? aliasesOf(unit, index) : [],
  );
  const found =
    aliases.some(({ tensor }) => tensor.shape.length >= 3) || axisOrder !== undefined
      ? findLayers(
          aliases.map(({ tensor }) => tensor),
          { axisOrder: aliases.length > 0 ? axisOrder : undefined, convention: "keras" },
        )
      : { layers: [], rejected: [], notes: [] };
  const original = new Map(aliases.map((alias) => [alias.tensor, alias]));
  for (const { tensor, reason } of found.rejected)
    rejected.push({ tensor: original.get(tensor)?.original ?? tensor, reason });
  const guessed = units.map((): ConvLayer[] => []);
  for (const layer of found.layers) {
    const alias = original.get(layer.kernel);
    if (alias === undefined) continue;
    const bias = layer.bias === null ? null : (original.get(layer.bias)?.original ?? null);
    guessed[alias.unit]!.push({
      ...layer,
      kernel: alias.original,
      bias,
      evidence: evidenceOf(layer, alias, units[alias.unit]!),
    });
  }
  const layers = units.flatMap((_, index) => byUnit[index] ?? guessed[index]!);
  return { layers: layers.map((layer, index) => ({ ...layer, index })), rejected, notes: found.notes };
}

/** A tensor under the name by which it is to be recognised. */
interface Alias {
  readonly tensor: Tensor;
  readonly original: Tensor;
  readonly unit: number;
  /** Whether the file itself names the weight, and not only numbers it. */
  readonly isNamed: boolean;
}

/** A kernel that is only a number in the file is told by its shape, unless its layer's name says convolution. */
function evidenceOf(layer: ConvLayer, { isNamed }: Alias, unit: WeightUnit): ConvLayer["evidence"] {
  if (isNamed) return layer.evidence;
  return saysConvolution(readTensorName(`${unit.name}/kernel`).words) ? "name" : "shape";
}

/** Layers of a unit whose class is known: null when it is not, or when the weights do not fit it. */
function namedKernels(unit: WeightUnit, rejected: { tensor: Tensor; reason: string }[]): ConvLayer[] | null {
  const { className, weights } = unit;
  if (className === null) return null;
  const other = OTHER_CLASSES.get(className);
  if (other !== undefined) {
    for (const weight of weights.filter(({ shape }) => shape.length >= 3 && shape.length <= 5)) {
      rejected.push({ tensor: weight.tensor(), reason: `By its group's name it belongs to ${other}.` });
    }
    return [];
  }
  const conv = classOf(className, weights);
  if (conv === null) return null;
  const kernels = conv.kernels.map((_, index) => weights[index]);
  if (!kernels.every((weight) => weight?.shape.length === conv.rank + 2)) return null;
  return conv.kernels.map((role, index) => {
    const tensor = weights[index]!.tensor();
    return convLayer(
      {
        name: role.suffix === null ? unit.name : `${unit.name}/${role.suffix}`,
        kind: role.kind,
        axisOrder: axisOrderOf(role.kind, conv.rank),
        evidence: "name",
        kernel: tensor,
        bias: role.hasBias ? (biasAfter(weights, conv, role, tensor)?.tensor() ?? null) : null,
        groups: role.kind === "depthwise" ? tensor.shape.at(-2)! : null,
      },
      0,
    );
  });
}

function classOf(className: string, weights: readonly KerasWeight[]): ConvClass | null {
  if (className !== "ConvLSTMCell") return CONV_CLASSES.get(className) ?? null;
  const rank = (weights[0]?.shape.length ?? 0) - 2;
  return CONV_CLASSES.get(`ConvLSTM${rank}D`) ?? null;
}

function biasAfter(
  weights: readonly KerasWeight[],
  conv: ConvClass,
  role: KernelRole,
  kernel: Tensor,
): KerasWeight | null {
  const outputs =
    role.kind === "depthwise"
      ? kernel.shape.at(-1)! * kernel.shape.at(-2)!
      : kernel.shape.at(role.kind === "transposed" ? -2 : -1)!;
  const weight = weights[conv.kernels.length];
  return weight?.shape.length === 1 && weight.shape[0] === outputs ? weight : null;
}

/** Weights under names that say what they are; numbered ones are named by their place and shape. */
function aliasesOf(unit: WeightUnit, index: number): Alias[] {
  const isNumbered = unit.weights.every(({ leaf }) => /^\d+$/.test(leaf));
  const roles = isNumbered ? rolesByShape(unit.weights) : unit.weights.map(roleOf);
  return unit.weights.map((weight, position) => {
    const original = weight.tensor();
    return {
      tensor: { ...original, name: `${unit.name}/${roles[position]}` },
      original,
      unit: index,
      isNamed: !isNumbered,
    };
  });
}

/** Keras stores kernel before bias; of two kernels, the pointwise one has extents of one, the other is recurrent. */
function rolesByShape(weights: readonly KerasWeight[]): string[] {
  const [first, second] = weights.map(({ shape }) => shape);
  const isKernel = (shape: readonly number[] | undefined): shape is readonly number[] =>
    shape !== undefined && shape.length >= 3 && shape.length <= 5;
  const roles = weights.map(({ leaf }) => leaf);
  if (!isKernel(first)) return roles;
  roles[0] = "kernel";
  if (isKernel(second) && second.length === first.length) {
    const isPointwise =
      second.slice(0, -2).every((extent) => extent === 1) && second.at(-2) === first.at(-1)! * first.at(-2)!;
    if (isPointwise) roles[0] = "depthwise_kernel";
    roles[1] = isPointwise ? "pointwise_kernel" : "recurrent_kernel";
    if (weights[2]?.shape.length === 1) roles[2] = "bias";
  } else if (second?.length === 1) roles[1] = "bias";
  return roles;
}
