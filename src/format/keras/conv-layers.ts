import { convLayer, type LayerFacts } from "../../model/layers.ts";
import type { ConvLayer } from "../../model/model.ts";
import { DTYPES, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { BoundLayer } from "./bind.ts";
import type { KerasLayer } from "./config.ts";
import { axisOrderOf, type ConvClass, type KernelRole } from "./conv-classes.ts";
import { type KerasWeight, roleOf } from "./weight.ts";

/** What was made of one layer's weights. */
export interface KernelFacts {
  readonly facts: readonly LayerFacts[];
  readonly rejected: readonly { readonly tensor: Tensor; readonly reason: string }[];
}

/** The convolutions of a layer whose class is known to have some, as its config describes them. */
export function configuredKernels(bound: BoundLayer, conv: ConvClass): KernelFacts {
  const facts: LayerFacts[] = [];
  const rejected: { tensor: Tensor; reason: string }[] = [];
  const dtype = statedDType(bound.layer);
  conv.kernels.forEach((role, index) => {
    const weight = kernelWeight(bound.weights, role, index, conv.rank);
    if (weight === null) return;
    const tensor = weight.tensor(dtype);
    if (tensor.shape.length !== conv.rank + 2) {
      const reason =
        tensor.unreadable ??
        `A ${bound.layer.className} kernel has ${conv.rank + 2} axes; this has ${tensor.shape.length}.`;
      rejected.push({ tensor, reason });
      return;
    }
    const stated = role.isOuter ? extentsOf(bound.layer.config.kernel_size, conv.rank, 0) : null;
    if (stated?.some((extent, axis) => extent !== tensor.shape[axis]) === true) {
      const reason = `The config gives ${bound.name} a kernel of ${stated.join("×")}, but the file holds one of ${tensor.shape.slice(0, conv.rank).join("×")}.`;
      rejected.push({ tensor, reason });
      return;
    }
    const groups =
      role.kind === "depthwise"
        ? tensor.shape.at(-2)!
        : role.isOuter
          ? numberOf(bound.layer.config.groups, 1)
          : 1;
    facts.push({
      name: role.suffix === null ? bound.name : `${bound.name}/${role.suffix}`,
      kind: role.kind,
      axisOrder: axisOrderOf(role.kind, conv.rank),
      evidence: "config",
      kernel: tensor,
      bias: role.hasBias ? biasOf(bound, conv, tensor, role)?.tensor(dtype) : null,
      groups,
      ...geometryOf(bound, conv.rank, role),
      note: storedNote(tensor),
    });
  });
  return { facts, rejected };
}

/** A layer from facts; one whose kernel does not fit them is left out with the reason. */
export function tryConvLayer(facts: LayerFacts, index: number): ConvLayer | string {
  try {
    return convLayer(facts, index);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function kernelWeight(
  weights: readonly KerasWeight[],
  role: KernelRole,
  index: number,
  rank: number,
): KerasWeight | null {
  const named = weights.find((weight) => role.names.includes(roleOf(weight)));
  if (named !== undefined) return named;
  const numbered = weights.filter(({ leaf }) => /^\d+$/.test(leaf));
  if (numbered.length > 0) return numbered[index] ?? null;
  // Names of other makers: the kernels come first, in order, and have the rank of kernels.
  return weights.filter(({ shape }) => shape.length === rank + 2)[index] ?? null;
}

function biasOf(
  { layer, weights }: BoundLayer,
  conv: ConvClass,
  kernel: Tensor,
  { kind }: KernelRole,
): KerasWeight | null {
  if (layer.config.use_bias === false) return null;
  const [beforeLast, last] = [kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  const outputs = kind === "depthwise" ? beforeLast * last : kind === "transposed" ? beforeLast : last;
  const fits = (weight: KerasWeight | undefined): weight is KerasWeight =>
    weight?.shape.length === 1 && weight.shape[0] === outputs;
  const named = weights.find((weight) => roleOf(weight) === "bias");
  const numbered = weights.filter(({ leaf }) => /^\d+$/.test(leaf))[conv.kernels.length];
  return [named, numbered].find(fits) ?? null;
}

/** Strides, padding, dilation and input extents by the config; null where it does not state them. */
function geometryOf(
  { layer, owner }: BoundLayer,
  rank: 1 | 2 | 3,
  role: KernelRole,
): Pick<LayerFacts, "strides" | "padding" | "dilation" | "inputExtents"> {
  const ones = Array.from({ length: rank }, () => 1);
  if (!role.isOuter) return { strides: ones, padding: role.padding, dilation: ones, inputExtents: null };
  const { config } = layer;
  return {
    strides: extentsOf(config.strides, rank, 1),
    padding: typeof config.padding === "string" ? config.padding : null,
    dilation: extentsOf(config.dilation_rate, rank, 1),
    inputExtents: inputExtentsOf(layer, owner, rank),
  };
}

/** One positive integer per spatial axis, from a list or from one number for all; `otherwise` when not stated. */
function extentsOf(value: unknown, rank: number, otherwise: number): number[] | null {
  const list = Array.isArray(value) ? value : Array.from({ length: rank }, () => value ?? otherwise);
  const fine = list.length === rank && list.every((item) => Number.isSafeInteger(item) && item >= 1);
  return fine ? list.map(Number) : null;
}

function numberOf(value: unknown, otherwise: number): number {
  return Number.isSafeInteger(value) && Number(value) >= 1 ? Number(value) : otherwise;
}

/** The spatial axes of the input: the last ones, before or after the channels; time and batch stand before. */
function inputExtentsOf(
  layer: KerasLayer,
  owner: KerasLayer,
  rank: number,
): readonly (number | null)[] | null {
  const shape = (layer.inputShapes ?? owner.inputShapes)?.[0];
  if (shape === undefined || shape.length < rank + 2) return null;
  return layer.config.data_format === "channels_first" ? shape.slice(-rank) : shape.slice(-rank - 1, -1);
}

/**
 * The dtype that a layer's policy gives its variables, for values that HDF5 keeps as opaque bytes. Policies are
 * names (`bfloat16`, `mixed_bfloat16` with float32 variables) or objects that hold one.
 */
export function statedDType({ config }: KerasLayer): string | undefined {
  const policy = nameOfPolicy(config.dtype);
  if (policy === undefined) return undefined;
  return policy.startsWith("mixed_") ? "float32" : isDType(policy) ? policy : undefined;
}

function nameOfPolicy(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const inner = Object.hasOwn(value, "config") ? (value as { config: unknown }).config : undefined;
  if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, "name")) return undefined;
  const { name } = inner as { name: unknown };
  return typeof name === "string" ? name : undefined;
}

function storedNote({ dtype, quantization }: Tensor): string | undefined {
  if (quantization !== undefined || !isDType(dtype) || DTYPES[dtype].kind !== "int") return undefined;
  return `The kernel is stored as ${dtype}; the scale that turns it into weights is not applied.`;
}
