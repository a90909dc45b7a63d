import { ReadError } from "../errors.ts";
import { rowMajorStrides, type StridedAxis } from "../tensor/axes.ts";
import type { KernelShape } from "./model.ts";

/** Spatial letters by rank. */
const SPATIAL = ["W", "HW", "DHW"] as const;

/** What an axis order says about a stored kernel. */
export interface KernelAxes {
  readonly rank: 1 | 2 | 3;
  /** Extents in canonical axes. */
  readonly shape: KernelShape;
  /** Canonical axes as strides over the stored values; more than five where a stored axis is split. */
  readonly axes: readonly StridedAxis[];
}

/**
 * Whether `order` names the axes of a kernel: one `O` and one `I` (or `I` and the depth multiplier `M`), and
 * the spatial letters `W`, `HW` or `DHW`, each once, in any order.
 */
export function isAxisOrder(order: string): boolean {
  const spatial = SPATIAL[order.length - 3];
  if (spatial === undefined || !order.includes("I") || order.includes("O") === order.includes("M"))
    return false;
  // As many letters as there must be, so that each stands there once when all stand there.
  for (const letter of spatial) if (!order.includes(letter)) return false;
  return true;
}

/**
 * How a kernel of the stored `shape` and axis `order` lies in canonical axes [out, inPerGroup, depth, height,
 * width].
 *
 * - `M` (depthwise, `HWIM`): out = in * M + m, inPerGroup = 1, as Keras and TensorFlow number their outputs.
 * - transposed with groups > 1 (`IOHW` in PyTorch and ONNX): the file holds all inputs and the outputs of one
 *   group; input g * inPerGroup + i belongs to group g, and out = g * outPerGroup + o.
 *
 * @throws ReadError `bad-option` when the letters do not fit the shape, `malformed` when the groups do not.
 */
export function kernelAxes(
  shape: readonly number[],
  order: string,
  options: { readonly transposed?: boolean; readonly groups?: number | null } = {},
): KernelAxes {
  if (!isAxisOrder(order) || order.length !== shape.length) {
    throw new ReadError(
      "bad-option",
      `The axis order ${JSON.stringify(order)} does not fit a kernel of shape [${shape.join(", ")}]: expected ${shape.length} letters${exampleOrders(shape.length)}.`,
    );
  }
  const strides = rowMajorStrides(shape);
  const axis = (letter: string): StridedAxis => {
    const at = order.indexOf(letter);
    return at < 0 ? { extent: 1, stride: 0 } : { extent: shape[at]!, stride: strides[at]! };
  };
  const spatial = [axis("D"), axis("H"), axis("W")] as const;
  const rank = (order.length - 2) as 1 | 2 | 3;
  const [depth, height, width] = [spatial[0].extent, spatial[1].extent, spatial[2].extent];
  const input = axis("I");
  if (order.includes("M")) {
    const multiplier = axis("M");
    const out = input.extent * multiplier.extent;
    return {
      rank,
      shape: [out, 1, depth, height, width],
      axes: [input, multiplier, { extent: 1, stride: 0 }, ...spatial],
    };
  }
  const output = axis("O");
  const groups = options.groups ?? 1;
  if (options.transposed === true && groups > 1) {
    if (input.extent % groups !== 0) {
      throw new ReadError("malformed", `A kernel with ${input.extent} inputs cannot have ${groups} groups.`);
    }
    const inPerGroup = input.extent / groups;
    return {
      rank,
      shape: [output.extent * groups, inPerGroup, depth, height, width],
      axes: [
        { extent: groups, stride: input.stride * inPerGroup },
        output,
        { extent: inPerGroup, stride: input.stride },
        ...spatial,
      ],
    };
  }
  return {
    rank,
    shape: [output.extent, input.extent, depth, height, width],
    axes: [output, input, ...spatial],
  };
}

function exampleOrders(length: number): string {
  const examples: Record<number, string> = {
    3: " such as OIW (PyTorch) or WIO (Keras)",
    4: " such as OIHW (PyTorch), HWIO (Keras) or HWIM (Keras, depthwise)",
    5: " such as OIDHW (PyTorch) or DHWIO (Keras)",
  };
  return examples[length] ?? ", but a convolution kernel has 3, 4 or 5 axes";
}
