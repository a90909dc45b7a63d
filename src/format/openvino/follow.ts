import { ReadError } from "../../errors.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { reshaped, transposed } from "../../tensor/views.ts";
import type { IrConstants } from "./constants.ts";
import type { IrGraph, IrLayer } from "./graph.ts";

/** A constant as a layer gets it. */
export interface Seen {
  readonly tensor: Tensor;
  /** Sentences about what is done to it on the way. */
  readonly notes: readonly string[];
}

/** What values are followed in. */
export interface Following {
  readonly constants: IrConstants;
  readonly context: ReadContext;
}

/** Most layers between a constant and what uses it. */
const STEPS_MOST = 64;
/** Most channels of a quantised kernel whose scales are read while listing. */
const SCALES_MOST = 65_536;

/** The layer that feeds input number `index` of `layer`. */
export function feeding(graph: IrGraph, layer: IrLayer, index: number): IrLayer | null {
  const port = layer.inputs[index]?.id ?? String(index);
  const source = graph.sources.get(`${layer.id}:${port}`);
  return source === undefined ? null : (graph.byId.get(source.layer) ?? null);
}

/** The constant behind an input; null where the value is computed from the network's input. */
export async function seenConstant(
  graph: IrGraph,
  layer: IrLayer,
  index: number,
  following: Following,
): Promise<Seen | null> {
  const path: IrLayer[] = [];
  let at = feeding(graph, layer, index);
  for (let step = 0; at !== null && at.type !== "Const"; step++) {
    if (step > STEPS_MOST) return null;
    path.push(at);
    at = feeding(graph, at, 0);
  }
  const constant = at === null ? null : following.constants.of(at, "custom");
  if (constant === null) return null;
  let seen: Work = { tensor: constant, notes: [], zeroPoint: null };
  for (const passed of path.reverse()) {
    const next = await pass(graph, passed, seen, following);
    if (next === null) return null;
    seen = next;
  }
  const { tensor, notes, zeroPoint } = seen;
  // Something was taken off the integers, but nothing scales them.
  return zeroPoint === null ? { tensor, notes } : null;
}

/** A constant on its way; `zeroPoint` was taken off already. */
interface Work extends Seen {
  readonly zeroPoint: Values | null;
}

interface Values {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** What a layer makes of a constant; null when it makes something else of it. */
async function pass(graph: IrGraph, layer: IrLayer, seen: Work, following: Following): Promise<Work | null> {
  const { tensor } = seen;
  const output = layer.outputs[0];
  switch (layer.type) {
    case "Convert":
    case "ConvertLike":
      // Widening keeps every value; what is stored wider than it is used does not.
      return /^float(?:32|64)$/.test(tensor.dtype) && /^(?:FP16|BF16|I|U)/.test(output?.precision ?? "")
        ? unreadable(seen)
        : seen;
    case "Reshape":
    case "Squeeze":
    case "Unsqueeze":
      if (output === undefined || countOf(output.dims) !== countOf(tensor.shape)) return null;
      return { ...seen, tensor: reshaped(tensor, output.dims) };
    case "Transpose": {
      const order = await smallValues(graph, layer, 1, following);
      return order === null ? null : { ...seen, tensor: transposed(tensor, Array.from(order.values)) };
    }
    case "FakeQuantize":
    case "FakeConvert": {
      const said = "The model quantises this kernel when it runs; these are the weights before that.";
      return { ...seen, notes: [...seen.notes, said] };
    }
    case "Subtract": {
      if (!/^u?int/.test(tensor.dtype) || seen.zeroPoint !== null || output?.precision === "FP16")
        return unreadable(seen);
      const values = await smallValues(graph, layer, 1, following);
      return values === null ? null : { ...seen, zeroPoint: values };
    }
    case "Multiply": {
      if (!/^u?int/.test(tensor.dtype) || output?.precision === "FP16") return unreadable(seen);
      const scale = await smallValues(graph, layer, 1, following);
      return scale === null ? null : quantised(seen, scale);
    }
    default:
      return null;
  }
}

/** A kernel that is worked out in a way that is not followed to the bit. */
function unreadable(seen: Work): Work {
  const reason =
    "The model works this kernel out when it runs, in arithmetic that Kernelscope does not follow.";
  const tensor: Tensor = {
    ...seen.tensor,
    unreadable: reason,
    readBytes: async () => {
      throw new ReadError("unsupported", reason);
    },
  };
  return { tensor, notes: seen.notes, zeroPoint: null };
}

/** `(q - zeroPoint) * scale`, along one axis at most. */
function quantised(seen: Work, scale: Values): Work {
  const { tensor, notes, zeroPoint } = seen;
  const axis = axisOf(scale.shape, tensor.shape);
  const own = zeroPoint === null ? axis : axisOf(zeroPoint.shape, tensor.shape);
  const zeros = zeroPoint?.values ?? [0];
  if (axis === undefined || own === undefined || (axis !== null && own !== null && axis !== own))
    return unreadable(seen);
  const single = scale.values.length === 1 && zeros.length === 1;
  const channels = single ? 1 : tensor.shape[axis ?? own ?? 0]!;
  const scales =
    scale.values.length === channels ? scale.values : new Float32Array(channels).fill(scale.values[0]!);
  const quantization = { scale: scales, zeroPoint: zeros, axis: single ? null : (axis ?? own) };
  return { tensor: { ...tensor, quantization }, notes, zeroPoint: null };
}

/** The one axis along which a broadcast array has more than one value; null: none; undefined: several, or it does not fit. */
function axisOf(shape: readonly number[], of: readonly number[]): number | null | undefined {
  const shift = of.length - shape.length;
  const long = shape.flatMap((extent, at) => (extent > 1 ? [at] : []));
  if (shift < 0 || long.length > 1) return undefined;
  if (long.length === 0) return null;
  const axis = long[0]! + shift;
  return shape[long[0]!] === of[axis] ? axis : undefined;
}

/** The values of a short constant behind an input, such as scales; null when there is none. */
async function smallValues(
  graph: IrGraph,
  layer: IrLayer,
  index: number,
  following: Following,
): Promise<Values | null> {
  let at = feeding(graph, layer, index);
  let shape: readonly number[] | null = null;
  for (let step = 0; at !== null && at.type !== "Const"; step++) {
    if (step > 8 || !/^(?:Convert|Reshape|Unsqueeze)$/.test(at.type)) return null;
    shape ??= at.outputs[0]?.dims ?? null;
    at = feeding(graph, at, 0);
  }
  const tensor = at === null ? null : following.constants.of(at, "custom");
  if (tensor === null || tensor.unreadable !== undefined || !isDType(tensor.dtype)) return null;
  const count = countOf(tensor.shape);
  if (count > SCALES_MOST || count === 0) return null;
  const values = decode(await tensor.readBytes(following.context), tensor.dtype, count);
  const seen = shape !== null && countOf(shape) === count ? shape : tensor.shape;
  return { shape: seen, values };
}
