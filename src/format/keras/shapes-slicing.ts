import type { Extents } from "./config.ts";
import { isList, isObject } from "./plain.ts";
import { type Extent, isInteger } from "./settings.ts";

/**
 * Shape of `input[spec]`, where `spec` lists slices (`{start, stop, step}`, in Keras 3 inside `config`), numbers,
 * an ellipsis and new axes (null), as Python's subscripts; null when it cannot be worked out.
 */
export function sliced(input: Extents | undefined, spec: unknown): readonly Extents[] | null {
  if (input === undefined) return null;
  const items = isList(spec) ? spec : [spec];
  const taken = items.filter((item) => item !== null && !isEllipsis(item)).length;
  const result: Extent[] = [];
  let axis = 0;
  for (const item of items) {
    if (item === null) result.push(1);
    else if (isEllipsis(item)) {
      const hidden = Math.max(0, input.length - taken);
      result.push(...input.slice(axis, axis + hidden));
      axis += hidden;
    } else if (isInteger(item)) axis += 1;
    else {
      const extent = sliceExtent(input[axis], item);
      if (extent === undefined) return null;
      result.push(extent);
      axis += 1;
    }
  }
  return axis > input.length ? null : [[...result, ...input.slice(axis)]];
}

function isEllipsis(item: unknown): boolean {
  return isObject(item) && item.class_name === "__ellipsis__";
}

/** Length of `range(extent)[start:stop:step]`; undefined when the slice makes no sense. */
function sliceExtent(extent: Extent | undefined, item: unknown): Extent | undefined {
  if (extent === undefined || !isObject(item)) return undefined;
  const { start = null, stop = null, step = null } = isObject(item.config) ? item.config : item;
  const stride = step ?? 1;
  if (start === null && stop === null && (stride === 1 || stride === -1)) return extent;
  if (extent === null) return null;
  if (!isInteger(stride) || stride === 0) return undefined;
  const from = bound(start, stride > 0 ? 0 : extent - 1, extent, stride);
  const to = bound(stop, stride > 0 ? extent : -1, extent, stride);
  return from === undefined || to === undefined ? undefined : Math.max(0, Math.ceil((to - from) / stride));
}

function bound(value: unknown, fallback: number, extent: number, stride: number): number | undefined {
  if (value === null) return fallback;
  if (!isInteger(value)) return undefined;
  const from = value < 0 ? value + extent : value;
  return stride > 0 ? Math.min(Math.max(from, 0), extent) : Math.min(Math.max(from, -1), extent - 1);
}
