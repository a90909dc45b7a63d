import type { Extents } from "./config.ts";
import { isList, type PlainObject } from "./plain.ts";
import { axisOf, type Extent, integers, isInteger } from "./settings.ts";
import type { ShapeQuestion } from "./shapes.ts";
import { convolvedExtent } from "./shapes-convolution.ts";
import { reshaped } from "./shapes-core.ts";
import { broadcast } from "./shapes-merge.ts";
import { sliced } from "./shapes-slicing.ts";

/** An operation of TensorFlow or Keras 3 with its settings under one roof. */
interface Operation {
  readonly inputs: readonly Extents[];
  readonly settings: PlainObject;
  readonly args: readonly unknown[];
  /** See `broadcast`. */
  readonly trusting: boolean;
}

type OperationRule = (operation: Operation) => readonly Extents[] | null;

/** Functions whose output has the extents of their inputs, broadcast against one another. */
const ELEMENTWISE = (
  "abs absolute add arccos arcsin arctan atan ceil celu clip clip_by_value cos cosh cumsum cast divide " +
  "divide_no_nan divide_nonan elu equal erf exp expm1 flip floor floor_divide floordiv gelu greater " +
  "greater_equal hard_sigmoid hard_silu hard_swish identity l2_normalize leaky_relu less less_equal log log1p " +
  "log_sigmoid log_softmax logical_and logical_not logical_or maximum minimum mod mul multiply nan_to_num neg " +
  "negative normalize not_equal pow power reciprocal relu relu6 reverse roll round rsqrt selu sigmoid sign silu sin " +
  "sinh softmax softplus softsign sqrt square squared_difference stop_gradient sub subtract swish tan tanh truediv " +
  "true_divide where xdivy zeros_like ones_like"
).split(" ");

const elementwise: OperationRule = ({ inputs, trusting }) => {
  let result: Extents | null = inputs[0] ?? null;
  for (const shape of inputs.slice(1)) result = result && broadcast(result, shape, trusting);
  return result && [result];
};

const REDUCING =
  "mean sum max min amax amin prod any all std var variance logsumexp argmax argmin count_nonzero".split(" ");

const reduce: OperationRule = ({ inputs: [input], settings }) => {
  const given = settings.axis ?? settings.axes ?? null;
  const listed = given === null ? input?.map((_, axis) => axis) : isList(given) ? given : [given];
  const axes = input && listed?.map((axis) => (isInteger(axis) ? axisOf(axis, input.length) : null));
  if (input === undefined || axes === undefined || axes.includes(null)) return null;
  const kept = settings.keepdims === true || settings.keep_dims === true;
  return [
    kept
      ? input.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
      : input.filter((_, axis) => !axes.includes(axis)),
  ];
};

const reshape: OperationRule = ({ inputs: [input], settings }) => {
  const target = settings.newshape ?? settings.shape;
  const result = input !== undefined && isList(target) ? reshaped(input, target) : null;
  return result && [result];
};

const transpose: OperationRule = ({ inputs: [input], settings }) => {
  const order = settings.perm ?? settings.axes ?? null;
  if (input === undefined) return null;
  if (order === null) return [input.toReversed()];
  if (!isList(order) || order.length !== input.length) return null;
  const result = order.map((axis) => (isInteger(axis) ? input[axisOf(axis, input.length) ?? -1] : undefined));
  return result.every((extent) => extent !== undefined) ? [result] : null;
};

const concatenate: OperationRule = ({ inputs, settings }) => {
  const [head, ...others] = inputs;
  const axis = head && isInteger(settings.axis) ? axisOf(settings.axis, head.length) : null;
  if (head === undefined || axis === null) return null;
  const sum = others.reduce<Extent>((total, shape) => plus(total, shape[axis] ?? null), head[axis]!);
  return [head.with(axis, sum)];
};

function plus(a: Extent, b: Extent): Extent {
  return a === null || b === null ? null : a + b;
}

function inserted(input: Extents | undefined, axis: unknown, extent: Extent): readonly Extents[] | null {
  const at = input && isInteger(axis) ? axisOf(axis, input.length + 1) : null;
  return input === undefined || at === null ? null : [input.toSpliced(at, 0, extent)];
}

const squeeze: OperationRule = ({ inputs: [input], settings }) => {
  const given = settings.axis ?? null;
  const axes = isList(given) ? given : [given];
  if (input === undefined) return null;
  if (given === null) return input.includes(null) ? null : [input.filter((extent) => extent !== 1)];
  const gone = axes.map((axis) => (isInteger(axis) ? axisOf(axis, input.length) : null));
  return [input.filter((_, axis) => !gone.includes(axis))];
};

/** At most this many parts are listed; no real model splits further, and a file could ask for billions. */
const MAX_PARTS = 4096;

const split: OperationRule = ({ inputs: [input], settings }) => {
  const parts = settings.indices_or_sections ?? settings.num_or_size_splits;
  const axis = input && axisOf(isInteger(settings.axis) ? settings.axis : 0, input.length);
  if (input === undefined || axis == null || !isInteger(parts) || parts < 1 || parts > MAX_PARTS) return null;
  const extent = input[axis]!;
  return new Array<Extents>(parts).fill(
    input.with(axis, extent === null ? null : Math.floor(extent / parts)),
  );
};

const matmul: OperationRule = ({ inputs: [a, b], settings, trusting }) => {
  if (a === undefined || b === undefined || a.length < 2 || b.length < 2) return null;
  const rows = a.at(settings.transpose_a === true ? -1 : -2)!;
  const columns = b.at(settings.transpose_b === true ? -2 : -1)!;
  const lead = broadcast(a.slice(0, -2), b.slice(0, -2), trusting);
  return lead && [[...lead, rows, columns]];
};

const resize: OperationRule = ({ inputs: [input], settings }) => {
  const size = integers(settings, "size", 2);
  if (input === undefined || size === null || input.length < 3) return null;
  const at = input.length - (settings.data_format === "channels_first" ? 2 : 3);
  return [input.toSpliced(at, 2, ...size)];
};

const pad: OperationRule = ({ inputs: [input], settings }) => {
  const widths = settings.pad_width ?? settings.paddings;
  if (input === undefined || !isList(widths) || widths.length !== input.length) return null;
  const edges = widths.map((pair: unknown) => integers({ pair }, "pair", 2));
  if (!edges.every((pair) => pair !== null)) return null;
  return [input.map((extent, axis) => plus(extent, edges[axis]![0]! + edges[axis]![1]!))];
};

const pool: OperationRule = ({ inputs: [input], settings }) => {
  const rank = (input?.length ?? 0) - 2;
  const size = integers({ size: settings.pool_size ?? settings.ksize }, "size", rank);
  const strides = settings.strides == null ? size : integers(settings, "strides", rank);
  if (input === undefined || rank < 1 || size === null || strides === null) return null;
  const padding = String(settings.padding ?? "valid").toLowerCase();
  const at = settings.data_format === "channels_first" ? 2 : 1;
  const spatial = input
    .slice(at, at + rank)
    .map((extent, axis) => convolvedExtent(extent, size[axis]!, strides[axis]!, 1, padding));
  return [input.toSpliced(at, rank, ...spatial)];
};

function blocks(grow: boolean): OperationRule {
  return ({ inputs: [input], settings }) => {
    const size = settings.block_size;
    if (input?.length !== 4 || !isInteger(size) || size < 1) return null;
    const [batch, height, width, channels] = input as readonly [Extent, Extent, Extent, Extent];
    const by = (extent: Extent, factor: number): Extent =>
      extent === null ? null : Math.floor(extent * factor);
    const [side, depth] = grow ? [size, 1 / size ** 2] : [1 / size, size ** 2];
    return [[batch, by(height, side), by(width, side), by(channels, depth)]];
  };
}

const OPERATIONS: ReadonlyMap<string, OperationRule> = new Map([
  ...ELEMENTWISE.map((name): [string, OperationRule] => [name, elementwise]),
  ...REDUCING.map((name): [string, OperationRule] => [name, reduce]),
  ["reshape", reshape],
  ["transpose", transpose],
  ["concat", concatenate],
  ["concatenate", concatenate],
  ["stack", ({ inputs, settings }) => inserted(inputs[0], settings.axis ?? 0, inputs.length)],
  ["expand_dims", ({ inputs, settings }) => inserted(inputs[0], settings.axis, 1)],
  ["squeeze", squeeze],
  ["split", split],
  ["matmul", matmul],
  ["resize", resize],
  ["pad", pad],
  ["max_pool", pool],
  ["average_pool", pool],
  ["max_pool2d", pool],
  ["avg_pool2d", pool],
  ["get_item", ({ inputs, args }) => sliced(inputs[0], args[1])],
  ["getitem", ({ inputs, settings }) => sliced(inputs[0], settings.slice_spec)],
  ["shape", ({ inputs: [input] }) => input && [[input.length]]],
  ["depth_to_space", blocks(true)],
  ["space_to_depth", blocks(false)],
] as [string, OperationRule][]);

/** Output shapes of TensorFlow's operations (`TFOpLambda`) and of Keras 3's own; null for those not listed. */
export function operationShapes(question: ShapeQuestion): readonly Extents[] | null {
  const { className, config, dialect, inputs, named, args, kwargs } = question;
  const isLambda = className === "TFOpLambda" || className === "SlicingOpLambda";
  const name = isLambda ? functionName(config.function) : snakeCase(className);
  const all = [...inputs, ...named.values()];
  return (
    OPERATIONS.get(name)?.({
      inputs: all,
      settings: { ...config, ...kwargs },
      args,
      trusting: dialect === "tf",
    }) ?? null
  );
}

/** `math.reduce_mean` → `mean`, `nn.relu` → `relu`. */
function functionName(name: unknown): string {
  const last = typeof name === "string" ? (name.split(".").at(-1) ?? "") : "";
  return last.replace(/^reduce_/, "").replace(/_v2$/, "");
}

/** `ExpandDims` → `expand_dims`. */
function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}
