import type { LayerFacts } from "../../model/layers.ts";
import type { AtenArgument, AtenCall } from "./program.ts";

/** What an operator's arguments say about a convolution. */
export interface Convolution {
  readonly transposed: boolean;
  /** Spatial axes; null where only the weight's rank tells. */
  readonly rank: 1 | 2 | 3 | null;
  readonly input: AtenArgument | undefined;
  readonly weight: AtenArgument | undefined;
  readonly bias: AtenArgument | undefined;
}

/** Operators that are convolutions; `(mkldnn|cudnn|…)_convolution` are what backends make of them. */
const PLAIN = /^(conv([123])d|slow_conv[23]d|thnn_conv2d|_conv_depthwise2d|conv_depthwise3d)$/;
const TRANSPOSED = /^(conv_transpose([123])d|slow_conv_transpose[23]d)$/;
const GENERAL =
  /^(_?convolution(_mode|_overrideable)?|((mkldnn|cudnn|miopen|mps)_)?(depthwise_)?convolution(_relu|_add_relu)?(_transpose)?|mkldnn\._convolution(_transpose)?_pointwise)$/;

/** The convolution that a call is; null when it is none. */
export function convolutionOf({ operator, args }: AtenCall): Convolution | null {
  const plain = PLAIN.exec(operator);
  const upward = TRANSPOSED.exec(operator);
  const general = GENERAL.test(operator);
  if (plain === null && upward === null && !general) return null;
  const digit = /([123])d$/.exec(operator)?.[1];
  return {
    transposed: upward !== null || /_transpose/.test(operator) || args.get("transposed") === true,
    rank: digit === undefined ? null : (Number(digit) as 1 | 2 | 3),
    input: args.get("input") ?? args.get("self") ?? args.get("X"),
    weight: args.get("weight") ?? args.get("W"),
    bias: args.get("bias") ?? args.get("B") ?? null,
  };
}

/** Strides, padding, dilation and groups of a convolution of `rank` spatial axes; what is not stated is null. */
export type Geometry = Pick<LayerFacts, "strides" | "padding" | "dilation" | "groups">;

/** Reads a call's geometry; what the schema lets out is 1, or no padding. */
export function geometryOf({ args }: AtenCall, rank: number): Geometry {
  const padding = args.get("padding");
  const zeros = typeof padding === "string" ? padding : integers(padding, rank, 0);
  const groups = args.has("groups") ? args.get("groups") : 1;
  return {
    strides: integers(args.get("stride"), rank, 1),
    padding: zeros === null || typeof zeros === "string" ? zeros : zeros.map((n) => [n, n] as const),
    dilation: integers(args.get("dilation"), rank, 1),
    groups: typeof groups === "number" && Number.isSafeInteger(groups) && groups > 0 ? groups : null,
  };
}

/** One whole number an axis; null when the program works one out as it runs. */
function integers(
  argument: AtenArgument | undefined,
  rank: number,
  otherwise: number,
): readonly number[] | null {
  if (argument === undefined || (Array.isArray(argument) && argument.length === 0))
    return new Array<number>(rank).fill(otherwise);
  const list = Array.isArray(argument) ? argument : [argument];
  if (list.length !== rank && list.length !== 1) return null;
  const whole = list.every((one) => typeof one === "number" && Number.isSafeInteger(one) && one >= 0);
  if (!whole) return null;
  return list.length === rank ? (list as number[]) : new Array<number>(rank).fill(list[0] as number);
}
