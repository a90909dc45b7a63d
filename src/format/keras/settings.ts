import type { Extents } from "./config.ts";
import { isList, isObject, type PlainObject } from "./plain.ts";

/** An extent: a whole number from 0 that a double holds exactly, or null for unknown. */
export type Extent = number | null;

/** Whether `value` is a whole number that a double holds exactly. */
export function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** `value` as an extent: unknown where the config has null or -1; undefined where it has anything else. */
export function toExtent(value: unknown): Extent | undefined {
  if (value === null || value === -1) return null;
  return isInteger(value) && value >= 0 ? value : undefined;
}

/** A list of extents, such as `batch_input_shape`; null when it is not one. */
export function toExtents(value: unknown): Extents | null {
  if (!isList(value)) return null;
  const extents = value.map(toExtent);
  return extents.every((extent) => extent !== undefined) ? extents : null;
}

/** One shape, or a list or table of shapes, as a list of shapes; null when it is none of these. */
export function toShapes(value: unknown): readonly Extents[] | null {
  const one = toExtents(value);
  if (one !== null) return [one];
  const many = isList(value) ? value : isObject(value) ? Object.values(value) : [];
  const shapes = many.map(toExtents);
  return shapes.length > 0 && shapes.every((shape) => shape !== null) ? shapes : null;
}

/** The setting `key` as a whole number; `fallback` when it is absent or null; null when it is something else. */
export function integer(config: PlainObject, key: string, fallback: number | null = null): number | null {
  const value = config[key] ?? fallback;
  return isInteger(value) ? value : null;
}

/** The setting `key` as `count` whole numbers, one number standing for all; null when it is neither. */
export function integers(
  config: PlainObject,
  key: string,
  count: number,
  fallback: number | null = null,
): readonly number[] | null {
  const value = config[key] ?? fallback;
  if (isInteger(value)) return new Array<number>(count).fill(value);
  return isList(value) && value.length === count && value.every(isInteger) ? value : null;
}

/** The setting `key` as text. */
export function text(config: PlainObject, key: string, fallback: string): string {
  const value = config[key];
  return typeof value === "string" ? value : fallback;
}

/** Whether the setting `key` is true. */
export function flag(config: PlainObject, key: string): boolean {
  return config[key] === true;
}

/** Whether channels come before the spatial axes. */
export function isChannelsFirst(config: PlainObject): boolean {
  return config.data_format === "channels_first" || config.data_format === "NCHW";
}

/** The product of extents; null when one is unknown or the product is no longer exact. */
export function product(extents: Extents): number | null {
  let total = 1;
  for (const extent of extents) {
    if (extent === null) return null;
    total *= extent;
  }
  return Number.isSafeInteger(total) ? total : null;
}

/** `axis` counted from the front of `rank` axes; null when it lies outside. */
export function axisOf(axis: number, rank: number): number | null {
  const at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < rank ? at : null;
}
