import type { LayerFacts } from "../../model/layers.ts";
import type { ConvolutionMessage } from "./read-layer.ts";

/** What the parameters of a convolution say. */
export interface CaffeGeometry extends Pick<LayerFacts, "strides" | "padding" | "dilation"> {
  readonly groups: number;
}

/**
 * Strides, padding, dilation and groups by Caffe's defaults, for kernels of `rank` axes (ConvolutionParameter: pad=3,
 * group=5, stride=6, pad_h=9, pad_w=10, stride_h=13, stride_w=14, dilation=18). C3D's: pad=3, kernel_depth=6,
 * stride=7, temporal_stride=8, temporal_pad=12; its filter_group only saves memory. The oldest: pad=7, group=9,
 * stride=10.
 */
export function caffeGeometry({ numbers, form }: ConvolutionMessage, rank: number): CaffeGeometry {
  const first = (field: number, otherwise: number): number => numbers.get(field)?.[0] ?? otherwise;
  const ones = Array.from({ length: rank }, () => 1);
  const same = (value: number): number[] => ones.map(() => value);
  if (form === "v0")
    return {
      groups: first(9, 1),
      strides: positive(same(first(10, 1))),
      padding: both(same(first(7, 0))),
      dilation: ones,
    };
  if (form === "c3d") {
    const apart = (depth: number, rest: number): number[] => (rank === 3 ? [depth, rest, rest] : same(rest));
    return {
      groups: rank === 3 ? 1 : first(5, 1),
      strides: positive(apart(first(8, 1), first(7, 1))),
      padding: both(apart(first(12, 0), first(3, 0))),
      dilation: ones,
    };
  }
  const spread = (field: number, otherwise: number, sides?: readonly [number, number]): number[] | null => {
    if (rank === 2 && sides !== undefined && sides.some((side) => numbers.has(side)))
      return sides.map((side) => first(side, otherwise));
    const list = numbers.get(field) ?? [];
    if (list.length === 0) return same(otherwise);
    return list.length === 1 ? same(list[0]!) : list.length === rank ? [...list] : null;
  };
  const pads = spread(3, 0, [9, 10]);
  return {
    groups: first(5, 1),
    strides: positive(spread(6, 1, [13, 14])),
    padding: pads === null ? null : both(pads),
    dilation: positive(spread(18, 1)),
  };
}

function both(pads: readonly number[]): readonly (readonly [number, number])[] {
  return pads.map((pad) => [pad, pad] as const);
}

function positive(values: readonly number[] | null): readonly number[] | null {
  return values?.every((value) => value >= 1) === true ? values : null;
}
