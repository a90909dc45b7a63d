import type { Extents } from "./config.ts";
import { axisOf, type Extent, integer, integers, isInteger } from "./settings.ts";
import type { ShapeRule } from "./shapes.ts";

/**
 * Extents of two tensors combined element by element, aligned at their last axes; null when they do not fit.
 * `trusting` takes a known extent over an unknown one, as TensorFlow does; Keras leaves it unknown.
 */
export function broadcast(a: Extents, b: Extents, trusting: boolean): Extents | null {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  const offset = long.length - short.length;
  const result: Extent[] = long.slice(0, offset);
  for (const [axis, y] of short.entries()) {
    const x = long[offset + axis]!;
    if (x === null || y === null) {
      const known = x ?? y;
      result.push(trusting && known !== 1 ? known : null);
    } else if (x === 1 || x === y) result.push(y);
    else if (y === 1) result.push(x);
    else return null;
  }
  return result;
}

/** Element-wise merging: everything but the batch axis is broadcast, as Keras does even for unequal ranks. */
const merge: ShapeRule = ({ inputs, dialect }) => {
  const [head, ...others] = inputs;
  if (head === undefined) return null;
  let rest: Extents | null = head.slice(1);
  for (const shape of others) rest = rest && broadcast(rest, shape.slice(1), dialect === "tf");
  const batches = new Set(inputs.map((shape) => shape[0] ?? null).filter((batch) => batch !== null));
  return rest && [[...(head.length === 0 ? [] : [batches.size === 1 ? [...batches][0]! : null]), ...rest]];
};

const concatenate: ShapeRule = ({ config, inputs }) => {
  const [head, ...others] = inputs;
  const axis = head === undefined ? null : axisOf(integer(config, "axis", -1) ?? -1, head.length);
  if (head === undefined || axis === null) return null;
  const result: Extent[] = [...head];
  for (const shape of others) {
    const more = shape[axis] ?? null;
    const sofar: Extent = result[axis]!;
    result[axis] = sofar === null || more === null ? null : sofar + more;
  }
  return [result];
};

const dot: ShapeRule = ({ config, inputs: [a, b] }) => {
  if (a === undefined || b === undefined) return null;
  const axes = isInteger(config.axes) ? [config.axes, config.axes] : integers(config, "axes", 2);
  const atA = axes && axisOf(axes[0]!, a.length);
  const atB = axes && axisOf(axes[1]!, b.length);
  if (atA === null || atB === null) return null;
  const rest = [...a.filter((_, axis) => axis !== atA), ...b.filter((_, axis) => axis !== atB).slice(1)];
  return [rest.length === 1 ? [...rest, 1] : rest];
};

/** Layers that combine several tensors. */
export const MERGE_RULES: Readonly<Record<string, ShapeRule>> = {
  Add: merge,
  Average: merge,
  Concatenate: concatenate,
  Dot: dot,
  Maximum: merge,
  Minimum: merge,
  Multiply: merge,
  Subtract: merge,
};
