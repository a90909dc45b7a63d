import type { Budget } from "../../budget.ts";
import { protoFields, pushVarints } from "../../codec/protobuf.ts";
import { isAxisOrder } from "../../model/axis-order.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { GraphNode } from "./graph.ts";
import { layerNames } from "./operators.ts";
import { originOf, type Scope } from "./scope.ts";
import { smallIntegers } from "./small-constants.ts";
import { findWeight, type WeightContext } from "./weight.ts";

/** XLA's own convolution, which JAX's models have in TensorFlow. What others have as attributes it has as inputs. */
export const XLA_OPERATORS: ReadonlySet<string> = new Set(["XlaConv", "XlaConvV2"]);

/** What the axes of the kernel and of the input mean, by XLA's `ConvolutionDimensionNumbers`. */
interface Dimensions {
  readonly kernelInput: number;
  readonly kernelOutput: number;
  readonly kernelSpatial: readonly number[];
  readonly inputSpatial: readonly number[];
}

/** A convolution of XLA; null when its kernel is not stored, or its axes are not those of a kernel. */
export async function xlaConvolution(
  scope: Scope,
  node: GraphNode,
  context: WeightContext,
): Promise<{ readonly facts: LayerFacts; readonly whole: string } | null> {
  const [data, kernel, strides, padding, spread, dilation, groupCount] = node.inputs;
  const weight = kernel === undefined ? null : await findWeight(scope, kernel, context);
  const axes = readDimensions(node.attributes.text("dimension_numbers") ?? "", context.budget);
  const order = weight === null ? null : orderOf(axes, weight.tensor.shape.length);
  if (weight === null || order === null) return null;
  const spatial = axes.kernelSpatial.length;
  const list = async (input: string | undefined): Promise<readonly number[] | null> => {
    const found = await smallIntegers(scope, input, context);
    return found?.length === spatial && found.every((value) => value >= 1) ? found : null;
  };
  const pads = await smallIntegers(scope, padding, context);
  const groups = (await smallIntegers(scope, groupCount, context))?.[0] ?? null;
  const isSpread = (await list(spread))?.some((step) => step > 1) === true;
  const { layer, whole } = layerNames(weight.alias, node.name);
  const perGroup = weight.tensor.shape[axes.kernelInput]!;
  const notes = [weight.note, isSpread ? SPREAD : undefined].filter((note) => note !== undefined);
  const shape = shapeOf(scope, data, context.budget);
  return {
    whole,
    facts: {
      name: layer,
      kind: perGroup === 1 && groups !== null && groups > 1 ? "depthwise" : "conv",
      axisOrder: order,
      evidence: "operator",
      kernel: weight.tensor,
      groups,
      strides: await list(strides),
      dilation: await list(dilation),
      padding: pads?.length === 2 * spatial && pads.every((pad) => pad >= 0) ? pairs(pads) : null,
      inputExtents: isSpread || shape === null ? null : axes.inputSpatial.map((axis) => shape[axis] ?? null),
      ...(notes.length === 0 ? {} : { note: notes.join(" ") }),
    },
  };
}

const SPREAD =
  "It runs over its input with gaps between the values, which makes it the reverse of a convolution with strides.";

function shapeOf(scope: Scope, input: string | undefined, budget: Budget): readonly (number | null)[] | null {
  const origin = input === undefined ? null : originOf(scope, input, budget);
  if (origin?.kind === "parameter") return origin.shape;
  if (origin?.kind !== "node") return null;
  return origin.node.attributes.shapes("_output_shapes")[origin.from.index] ?? null;
}

function pairs(values: readonly number[]): (readonly [number, number])[] {
  return values.flatMap((before, at) => (at % 2 === 0 ? [[before, values[at + 1]!] as const] : []));
}

/** The letters of the kernel's axes; null when the numbers name them in no possible way. */
function orderOf({ kernelInput, kernelOutput, kernelSpatial }: Dimensions, rank: number): string | null {
  const letters = new Array<string>(rank).fill("");
  const spatial = ["", "W", "HW", "DHW"][kernelSpatial.length] ?? "";
  const places = [...kernelSpatial, kernelInput, kernelOutput];
  for (const [at, axis] of places.entries()) letters[axis] = `${spatial}IO`.charAt(at);
  const order = letters.join("");
  return places.length === rank && order.length === rank && isAxisOrder(order) ? order : null;
}

/** The message is kept as text, in which small numbers stay what they are. */
function readDimensions(text: string, budget: Budget): Dimensions {
  const bytes = new TextEncoder().encode(text);
  const numbers = new Map<number, number[]>();
  for (const field of protoFields(bytes, budget, "The axes of a convolution")) {
    if (field.wire !== 0 && field.wire !== 2) continue;
    const values = numbers.get(field.number) ?? [];
    pushVarints(values, bytes, field, budget);
    numbers.set(field.number, values);
  }
  const one = (number: number): number => numbers.get(number)?.at(-1) ?? 0;
  return {
    kernelInput: one(3),
    kernelOutput: one(4),
    kernelSpatial: numbers.get(6) ?? [],
    inputSpatial: numbers.get(11) ?? [],
  };
}
