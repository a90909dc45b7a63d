import { isReadError } from "../../errors.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { ConvLayer } from "../../model/model.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshaped } from "../../tensor/views.ts";
import { integersOf } from "./constants.ts";
import { type Following, feeding, seenConstant } from "./follow.ts";
import type { IrGraph, IrLayer } from "./graph.ts";

/** How a layer's kernel is laid out. */
interface KernelRule {
  readonly transposed: boolean;
  /** Whether the kernel's first axis is the group. */
  readonly grouped: boolean;
  /** Number of the input that the kernel comes by. */
  readonly input: number;
}

const CONVOLUTIONS: Readonly<Record<string, KernelRule>> = {
  Convolution: { transposed: false, grouped: false, input: 1 },
  GroupConvolution: { transposed: false, grouped: true, input: 1 },
  ConvolutionBackpropData: { transposed: true, grouped: false, input: 1 },
  GroupConvolutionBackpropData: { transposed: true, grouped: true, input: 1 },
  BinaryConvolution: { transposed: false, grouped: false, input: 1 },
  DeformableConvolution: { transposed: false, grouped: false, input: 2 },
  Deconvolution: { transposed: true, grouped: false, input: 1 },
};

/** Spatial letters by rank. */
const SPATIAL = ["W", "HW", "DHW"] as const;

/** The convolutions of a graph, in its order. */
export async function findConvolutions(graph: IrGraph, following: Following): Promise<LayerFacts[]> {
  const facts: LayerFacts[] = [];
  for (const layer of graph.layers) {
    const rule = Object.hasOwn(CONVOLUTIONS, layer.type) ? CONVOLUTIONS[layer.type] : undefined;
    if (rule === undefined) continue;
    const found = layer.blobs.has("weights")
      ? oldConvolution(layer, rule, following)
      : await convolution(graph, layer, rule, following);
    if (found !== null) facts.push(found);
  }
  return facts;
}

async function convolution(
  graph: IrGraph,
  layer: IrLayer,
  rule: KernelRule,
  following: Following,
): Promise<LayerFacts | null> {
  const seen = await seenConstant(graph, layer, rule.input, following);
  if (seen === null) return null;
  const { shape } = seen.tensor;
  const rank = shape.length - (rule.grouped ? 3 : 2);
  const groups = rule.grouped ? shape[0]! : Math.max(1, Number(layer.data.get("group") ?? 1) || 1);
  const joined = rule.grouped
    ? joinGroups(seen.tensor)
    : seen.tensor.shape.every((extent) => extent > 0)
      ? seen.tensor
      : null;
  const spatial = SPATIAL[rank - 1];
  if (joined === null || spatial === undefined) return null;
  return {
    ...commonFacts(layer, rule, rank, joined, groups),
    axisOrder: (rule.transposed ? "IO" : "OI") + spatial,
    bias: await addedBias(graph, layer, following),
    ...(seen.notes.length === 0 ? {} : { note: seen.notes.join(" ") }),
  };
}

/** `[G, O, I, k…]` as `[G * O, I, k…]`; null when an axis is empty. */
function joinGroups(tensor: Tensor): Tensor | null {
  const [groups, first, ...rest] = tensor.shape as [number, number, ...number[]];
  if (tensor.shape.some((extent) => extent < 1)) return null;
  return reshaped(tensor, [groups * first, ...rest]);
}

function commonFacts(
  layer: IrLayer,
  { transposed }: KernelRule,
  rank: number,
  kernel: Tensor,
  groups: number,
): Omit<LayerFacts, "axisOrder"> {
  const { data } = layer;
  const ones = new Array<number>(rank).fill(1);
  const listed = (...keys: readonly string[]): number[] | null => {
    for (const key of keys) {
      const numbers = integersOf(data.get(key));
      if (numbers !== null && numbers.length === rank) return numbers;
      // Before version 5 there was a key for each axis.
      const axes = ["z", "y", "x"].slice(-rank).map((axis) => data.get(`${key}-${axis}`));
      if (axes.every((text) => text !== undefined)) return axes.map(Number);
    }
    return null;
  };
  const input = layer.inputs[0]?.dims ?? [];
  const spatial = input.slice(2);
  const depthwise = !transposed && groups > 1 && input[1] === groups && kernel.shape[1] === 1;
  const pads = [listed("pads_begin") ?? listed("pad"), listed("pads_end") ?? listed("pad")] as const;
  return {
    name: layer.name === "" ? `${layer.type} ${layer.id}` : layer.name,
    kind: transposed ? "transposed" : depthwise ? "depthwise" : "conv",
    evidence: "operator",
    kernel,
    groups,
    strides: listed("strides", "stride") ?? ones,
    dilation: listed("dilations", "dilation") ?? ones,
    padding: paddingOf(data.get("auto_pad"), rank, pads),
    inputExtents: spatial.length === rank ? spatial.map((extent) => (extent < 0 ? null : extent)) : null,
  };
}

function paddingOf(
  auto: string | undefined,
  rank: number,
  [begin, end]: readonly [number[] | null, number[] | null],
): ConvLayer["padding"] {
  if (auto === "valid") return "valid";
  if (auto === "same_upper") return "same";
  // Its odd pixel of padding is in front, which the word does not say.
  if (auto === "same_lower") return null;
  const none = new Array<number>(rank).fill(0);
  return (begin ?? none).map((before, axis) => [before, (end ?? begin ?? none)[axis] ?? 0] as const);
}

/** The constant that is added to the output's channels right after the convolution. */
async function addedBias(graph: IrGraph, layer: IrLayer, following: Following): Promise<Tensor | null> {
  const fed = graph.consumers.get(layer.id) ?? [];
  const next = fed.length === 1 ? graph.byId.get(fed[0]!) : undefined;
  const channels = layer.outputs[0]?.dims[1];
  if (next?.type !== "Add" || channels === undefined) return null;
  const other = feeding(graph, next, 0) === layer ? 1 : 0;
  const seen = await seenConstant(graph, next, other, following);
  if (seen === null || countOf(seen.tensor.shape) !== channels) return null;
  const axes = (layer.outputs[0]?.dims.length ?? 0) - seen.tensor.shape.length;
  const place = seen.tensor.shape.findIndex((extent) => extent > 1);
  return channels > 1 && place + axes !== 1 ? null : reshaped(seen.tensor, [channels]);
}

/** Up to version 7 a convolution holds its weights itself, without a shape. */
function oldConvolution(layer: IrLayer, rule: KernelRule, { constants }: Following): LayerFacts | null {
  const stored = constants.of(layer, "weights");
  const { data, inputs, outputs } = layer;
  const size =
    integersOf(data.get("kernel")) ??
    ["z", "y", "x"].flatMap((axis) =>
      data.has(`kernel-${axis}`) ? [Number(data.get(`kernel-${axis}`))] : [],
    );
  const spatial = SPATIAL[size.length - 1];
  const groups = Math.max(1, Number(data.get("group") ?? 1) || 1);
  const [channels, filters] = [inputs[0]?.dims[1], Number(data.get("output") ?? outputs[0]?.dims[1])];
  if (stored === null || spatial === undefined || channels === undefined) return null;
  const shape = rule.transposed
    ? [channels, filters / groups, ...size]
    : [filters, channels / groups, ...size];
  try {
    const kernel = reshaped(stored, shape);
    return {
      ...commonFacts(layer, rule, size.length, kernel, groups),
      axisOrder: (rule.transposed ? "IO" : "OI") + spatial,
      bias: constants.of(layer, "biases"),
    };
  } catch (error) {
    // Its size is no kernel's; it stays in the list of tensors.
    if (isReadError(error, "malformed")) return null;
    throw error;
  }
}
