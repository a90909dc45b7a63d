import type { Extents } from "./config.ts";
import { flag, integers, isChannelsFirst, text } from "./settings.ts";
import type { ShapeRule } from "./shapes.ts";
import { convolvedExtent, fromSpatial, type SpatialShape, toSpatial } from "./shapes-convolution.ts";

/** A rule that maps the spatial extents of `rank` axes and keeps the channels. */
function spatially(
  rank: number,
  map: (shape: SpatialShape, config: Parameters<ShapeRule>[0]["config"], first: boolean) => Extents | null,
): ShapeRule {
  return ({ config, inputs }) => {
    const first = isChannelsFirst(config);
    const shape = toSpatial(inputs[0], rank, first);
    const spatial = shape === null ? null : map(shape, config, first);
    return shape === null || spatial === null
      ? null
      : [fromSpatial(shape.lead, spatial, shape.channels, first)];
  };
}

function pool(rank: number): ShapeRule {
  return spatially(rank, ({ spatial }, config) => {
    const size = integers(config, "pool_size", rank, 2) ?? integers(config, "pool_length", rank);
    const strides = config.strides == null ? size : integers(config, "strides", rank);
    if (size === null || strides === null) return null;
    const padding = text(config, "padding", "valid").toLowerCase();
    return spatial.map((extent, axis) => convolvedExtent(extent, size[axis]!, strides[axis]!, 1, padding));
  });
}

function globalPool(rank: number): ShapeRule {
  return ({ config, inputs }) => {
    const first = isChannelsFirst(config);
    const shape = toSpatial(inputs[0], rank, first);
    if (shape === null) return null;
    if (!flag(config, "keepdims")) return [[...shape.lead, shape.channels]];
    return [fromSpatial(shape.lead, new Array<number>(rank).fill(1), shape.channels, first)];
  };
}

function adaptivePool(rank: number): ShapeRule {
  return spatially(rank, (_, config) => integers(config, "output_size", rank));
}

function upSample(rank: number): ShapeRule {
  return spatially(rank, ({ spatial }, config) => {
    const size = integers(config, "size", rank, 2);
    return size && spatial.map((extent, axis) => (extent === null ? null : extent * size[axis]!));
  });
}

/** `[before, after]` per axis, from one number, one per axis, or a pair per axis. */
function pairs(value: unknown, rank: number): readonly (readonly number[])[] | null {
  const whole = { value };
  const each = integers(whole, "value", rank);
  if (each !== null && !(rank === 1 && Array.isArray(value))) return each.map((one) => [one, one]);
  if (rank === 1) {
    const pair =
      integers(whole, "value", 2) ??
      (Array.isArray(value) ? integers({ value: value[0] }, "value", 2) : null);
    return pair && [pair];
  }
  if (!Array.isArray(value) || value.length !== rank) return null;
  const listed = value.map((pair: unknown) => integers({ pair }, "pair", 2));
  return listed.every((pair) => pair !== null) ? listed : null;
}

function resize(rank: number, key: string, sign: 1 | -1): ShapeRule {
  return spatially(rank, ({ spatial }, config) => {
    const edges = pairs(config[key] ?? 1, rank);
    return (
      edges &&
      spatial.map((extent, axis) =>
        extent === null ? null : extent + sign * (edges[axis]![0]! + edges[axis]![1]!),
      )
    );
  });
}

/** Pooling, global and adaptive pooling, upsampling, padding and cropping. */
export const POOLING_RULES: Readonly<Record<string, ShapeRule>> = {
  MaxPooling1D: pool(1),
  MaxPool1D: pool(1),
  MaxPooling2D: pool(2),
  MaxPool2D: pool(2),
  MaxPooling3D: pool(3),
  MaxPool3D: pool(3),
  AveragePooling1D: pool(1),
  AvgPool1D: pool(1),
  AveragePooling2D: pool(2),
  AvgPool2D: pool(2),
  AveragePooling3D: pool(3),
  AvgPool3D: pool(3),
  GlobalMaxPooling1D: globalPool(1),
  GlobalMaxPool1D: globalPool(1),
  GlobalMaxPooling2D: globalPool(2),
  GlobalMaxPool2D: globalPool(2),
  GlobalMaxPooling3D: globalPool(3),
  GlobalMaxPool3D: globalPool(3),
  GlobalAveragePooling1D: globalPool(1),
  GlobalAvgPool1D: globalPool(1),
  GlobalAveragePooling2D: globalPool(2),
  GlobalAvgPool2D: globalPool(2),
  GlobalAveragePooling3D: globalPool(3),
  GlobalAvgPool3D: globalPool(3),
  AdaptiveAveragePooling1D: adaptivePool(1),
  AdaptiveAveragePooling2D: adaptivePool(2),
  AdaptiveAveragePooling3D: adaptivePool(3),
  AdaptiveMaxPooling1D: adaptivePool(1),
  AdaptiveMaxPooling2D: adaptivePool(2),
  AdaptiveMaxPooling3D: adaptivePool(3),
  UpSampling1D: upSample(1),
  UpSampling2D: upSample(2),
  UpSampling3D: upSample(3),
  ZeroPadding1D: resize(1, "padding", 1),
  ZeroPadding2D: resize(2, "padding", 1),
  ZeroPadding3D: resize(3, "padding", 1),
  Cropping1D: resize(1, "cropping", -1),
  Cropping2D: resize(2, "cropping", -1),
  Cropping3D: resize(3, "cropping", -1),
};
