import type { Extents } from "./config.ts";
import type { PlainObject } from "./plain.ts";
import { type Extent, integer, integers, isChannelsFirst, text } from "./settings.ts";
import type { ShapeQuestion, ShapeRule } from "./shapes.ts";

/** Output extent of a convolution or pooling along one axis; null when the input's is unknown. */
export function convolvedExtent(
  extent: Extent,
  size: number,
  stride: number,
  dilation: number,
  padding: string,
): Extent {
  if (extent === null || stride < 1) return null;
  if (padding === "same" || padding === "causal") return Math.ceil(extent / stride);
  return Math.floor((extent - dilation * (size - 1) - 1) / stride) + 1;
}

/** A shape taken apart: what stands before the spatial axes, these, and the channels. */
export interface SpatialShape {
  readonly lead: Extents;
  readonly spatial: Extents;
  readonly channels: Extent;
}

/** Takes `shape` apart for `rank` spatial axes; null when it is too short. Extra leading axes are batch axes. */
export function toSpatial(shape: Extents | undefined, rank: number, first: boolean): SpatialShape | null {
  if (shape === undefined || shape.length < rank + 2) return null;
  const at = shape.length - rank - 1;
  const spatial = first ? shape.slice(-rank) : shape.slice(at, -1);
  return { lead: shape.slice(0, at), spatial, channels: shape.at(first ? at : -1) ?? null };
}

/** Puts a shape together again. */
export function fromSpatial(lead: Extents, spatial: Extents, channels: Extent, first: boolean): Extents {
  return first ? [...lead, channels, ...spatial] : [...lead, ...spatial, channels];
}

/** Spatial extents after a layer's own kernel, strides, dilation and padding. */
export function convolve(config: PlainObject, spatial: Extents): Extents | null {
  const rank = spatial.length;
  const size = integers(config, "kernel_size", rank);
  const strides = integers(config, "strides", rank, 1);
  const dilation = integers(config, "dilation_rate", rank, 1);
  if (size === null || strides === null || dilation === null) return null;
  const padding = text(config, "padding", "valid").toLowerCase();
  return spatial.map((extent, axis) =>
    convolvedExtent(extent, size[axis]!, strides[axis]!, dilation[axis]!, padding),
  );
}

/** A convolution of `rank` spatial axes whose output channels are given by `channelsOf`. */
function convolution(rank: number, channelsOf: (config: PlainObject, inputs: Extent) => Extent): ShapeRule {
  return ({ config, inputs }) => {
    const first = isChannelsFirst(config);
    const shape = toSpatial(inputs[0], rank, first);
    const spatial = shape === null ? null : convolve(config, shape.spatial);
    if (shape === null || spatial === null) return null;
    return [fromSpatial(shape.lead, spatial, channelsOf(config, shape.channels), first)];
  };
}

const filters = (config: PlainObject): Extent => integer(config, "filters");

function multiplied(config: PlainObject, channels: Extent): Extent {
  const multiplier = integer(config, "depth_multiplier", 1);
  return channels === null || multiplier === null ? null : channels * multiplier;
}

/** Keras 2's `deconv_output_length`, which Keras 3 follows for every kernel but the even ones noted below. */
function transposedExtent(
  extent: Extent,
  size: number,
  stride: number,
  dilation: number,
  padding: string,
  outputPadding: number | null,
): Extent {
  if (extent === null) return null;
  const span = (size - 1) * dilation + 1;
  if (outputPadding === null) return extent * stride + (padding === "same" ? 0 : Math.max(span - stride, 0));
  // 2 * floor(span / 2) is span or span - 1, so the same as Keras 3's `kernel_size % 2`.
  const cut = padding === "same" ? 2 * Math.floor(span / 2) : 0;
  return (extent - 1) * stride + span - cut + outputPadding;
}

function transposed(rank: number): ShapeRule {
  return ({ config, inputs }: ShapeQuestion) => {
    const first = isChannelsFirst(config);
    const shape = toSpatial(inputs[0], rank, first);
    const size = integers(config, "kernel_size", rank);
    const strides = integers(config, "strides", rank, 1);
    const dilation = integers(config, "dilation_rate", rank, 1);
    const extra = config.output_padding == null ? [] : integers(config, "output_padding", rank);
    if (shape === null || size === null || strides === null || dilation === null || extra === null)
      return null;
    const padding = text(config, "padding", "valid").toLowerCase();
    const spatial = shape.spatial.map((extent, axis) =>
      transposedExtent(extent, size[axis]!, strides[axis]!, dilation[axis]!, padding, extra[axis] ?? null),
    );
    return [fromSpatial(shape.lead, spatial, filters(config), first)];
  };
}

/** Convolutions of every kind. */
export const CONVOLUTION_RULES: Readonly<Record<string, ShapeRule>> = {
  Conv1D: convolution(1, filters),
  Convolution1D: convolution(1, filters),
  Conv2D: convolution(2, filters),
  Convolution2D: convolution(2, filters),
  Conv3D: convolution(3, filters),
  Convolution3D: convolution(3, filters),
  SeparableConv1D: convolution(1, filters),
  SeparableConv2D: convolution(2, filters),
  LocallyConnected1D: convolution(1, filters),
  LocallyConnected2D: convolution(2, filters),
  DepthwiseConv1D: convolution(1, multiplied),
  DepthwiseConv2D: convolution(2, multiplied),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
  Deconvolution2D: transposed(2),
  Conv3DTranspose: transposed(3),
};
