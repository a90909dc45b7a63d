import type { ConvLayer } from "../../model/model.ts";
import type { Attributes, Extents, GraphNode } from "./graph.ts";
import { originOf, type Scope } from "./scope.ts";
import { smallIntegers } from "./small-constants.ts";
import type { WeightContext } from "./weight.ts";

/** What an operator's attributes say about a convolution. */
export interface Geometry {
  readonly strides: readonly number[] | null;
  readonly dilation: readonly number[] | null;
  readonly padding: ConvLayer["padding"];
  readonly inputExtents: ConvLayer["inputExtents"];
  /** Channels of the input, where the file states its shape. */
  readonly inputs: number | null;
}

/**
 * Strides, dilation, padding and input of a convolution with `axes` spatial axes of which the layer has the last
 * `rank`: a 1-D convolution is run as a 2-D one.
 */
export async function geometryOf(
  scope: Scope,
  node: GraphNode,
  { axes, rank, data }: { readonly axes: 2 | 3; readonly rank: 1 | 2 | 3; readonly data: number },
  context: WeightContext,
): Promise<Geometry> {
  const { attributes } = node;
  const format = attributes.text("data_format") ?? "";
  const channelsFirst = format.startsWith("NC");
  const own = <T>(values: readonly T[] | null): readonly T[] | null => {
    if (values === null) return null;
    const spatial = values.length === axes ? values : spatialOf(values, axes, channelsFirst);
    return spatial === null ? null : spatial.slice(axes - rank);
  };
  const shape = shapeOf(scope, node.inputs[data], context);
  const known = shape?.length === axes + 2 ? shape : null;
  const geometry = {
    strides: positive(own(attributes.integers("strides"))),
    dilation: positive(own(dilationsOf(attributes, axes))),
    padding: own(paddingOf(attributes, axes, channelsFirst)) ?? wordOf(attributes),
    inputExtents: own(known),
    inputs: known?.[channelsFirst ? 1 : axes + 1] ?? null,
  };
  const apart = await spreadInput(scope, node.inputs[data], axes, context);
  if (apart === null) return geometry;
  // A dilated convolution over blocks: what surrounds it states the dilation, and its input is no longer the layer's.
  return { ...geometry, dilation: own(apart), padding: null, inputExtents: null };
}

function spatialOf<T>(values: readonly T[], axes: number, channelsFirst: boolean): readonly T[] | null {
  if (values.length !== axes + 2) return null;
  return channelsFirst ? values.slice(2) : values.slice(1, -1);
}

function positive(values: readonly number[] | null): readonly number[] | null {
  return values?.every((value) => Number.isSafeInteger(value) && value >= 1) === true ? values : null;
}

/** Where the attribute is left out, there is no dilation. */
function dilationsOf(attributes: Attributes, axes: number): readonly number[] {
  const stated = attributes.integers("dilations");
  return stated === null || stated.length === 0 ? new Array<number>(axes + 2).fill(1) : stated;
}

function wordOf(attributes: Attributes): string | null {
  const padding = attributes.text("padding");
  return padding === "SAME" || padding === "VALID" ? padding.toLowerCase() : null;
}

/** `explicit_paddings`: before and after for every axis of the data. */
function paddingOf(
  attributes: Attributes,
  axes: number,
  channelsFirst: boolean,
): readonly (readonly [number, number])[] | null {
  if (attributes.text("padding") !== "EXPLICIT") return null;
  const stated = attributes.integers("explicit_paddings") ?? [];
  const pairs = stated.flatMap((before, i): [number, number][] =>
    i % 2 === 0 ? [[before, stated[i + 1] ?? Number.NaN]] : [],
  );
  const spatial = pairs.length === axes ? pairs : spatialOf(pairs, axes, channelsFirst);
  return spatial?.every((pair) => pair.every((one) => Number.isSafeInteger(one) && one >= 0)) === true
    ? spatial
    : null;
}

/** The shape that the file states for an input; null when it states none. */
function shapeOf(scope: Scope, input: string | undefined, { budget }: WeightContext): Extents | null {
  const origin = input === undefined ? null : originOf(scope, input, budget);
  if (origin?.kind === "parameter") return origin.shape;
  if (origin?.kind !== "node") return null;
  const { node, from } = origin;
  const stated = node.attributes.shapes("_output_shapes")[from.index];
  return stated ?? (node.op === "Placeholder" ? (node.attributes.shapes("shape")[0] ?? null) : null);
}

/** The block's extents when the input was taken apart into blocks by `SpaceToBatchND`. */
async function spreadInput(
  scope: Scope,
  input: string | undefined,
  axes: number,
  context: WeightContext,
): Promise<readonly number[] | null> {
  const origin = input === undefined ? null : originOf(scope, input, context.budget);
  if (origin?.kind !== "node" || origin.node.op !== "SpaceToBatchND") return null;
  const block = await smallIntegers(origin.scope, origin.node.inputs[1], context);
  if (block === null || positive(block) === null || block.length > axes) return null;
  // A 1-D convolution has its block along the last axis.
  return [...new Array<number>(axes - block.length).fill(1), ...block];
}
