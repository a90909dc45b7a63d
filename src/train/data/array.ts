import { ReadError } from "../../errors.ts";

/** Numbers that a network can be fed with; bytes stay bytes until a batch is made. */
export type ArrayData = Uint8Array<ArrayBufferLike> | Float32Array<ArrayBufferLike>;

/** A row-major N-d array: `data.length` is the product of `shape`. */
export interface NdArray<T extends ArrayData = ArrayData> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** Inputs with their labels. `inputs.shape[0]` and `labels.shape[0]` are the number of samples. */
export interface Dataset {
  readonly name: string;
  /** [samples, …]; uint8 inputs stand for `data / 255`. */
  readonly inputs: NdArray;
  /** One-hot [samples, classes]. */
  readonly labels: NdArray<Float32Array>;
  readonly classNames: readonly string[];
}

/** An array over `data`, whose length must be the product of `shape`. */
export function ndarray<T extends ArrayData>(data: T, shape: readonly number[]): NdArray<T> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count !== data.length) {
    throw new ReadError(
      "bad-option",
      `An array of shape (${shape.join(", ")}) has ${count} values, but ${data.length} were given.`,
    );
  }
  return { data, shape };
}

/** The same values with an axis of extent 1 at `axis` (negative counts from the end), as numpy.expand_dims. */
export function expandDims<T extends ArrayData>(array: NdArray<T>, axis: number): NdArray<T> {
  const rank = array.shape.length + 1;
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new ReadError("bad-option", `Axis ${axis} does not exist in an array of ${rank} axes.`);
  }
  return { data: array.data, shape: [...array.shape.slice(0, at), 1, ...array.shape.slice(at)] };
}

/** Integer labels as rows with a single 1, [labels, classes]; `classes` defaults to the largest label + 1. */
export function toCategorical(
  labels: ArrayLike<number>,
  classes: number = largest(labels) + 1,
): NdArray<Float32Array<ArrayBuffer>> {
  const data = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ReadError(
        "bad-option",
        `Label ${i} is ${label}; expected an integer from 0 to ${classes - 1}.`,
      );
    }
    data[i * classes + label] = 1;
  }
  return { data, shape: [labels.length, classes] };
}

/** Samples `from` to `to` (exclusive) of an array, as a view. */
export function samples<T extends ArrayData>(array: NdArray<T>, from: number, to: number): NdArray<T> {
  const [count = 0, ...rest] = array.shape;
  const each = rest.reduce((product, extent) => product * extent, 1);
  const end = Math.min(to, count);
  return { data: array.data.subarray(from * each, end * each) as T, shape: [end - from, ...rest] };
}

/** A copy with the samples in another order: `result[i] = array[order[i]]`. */
export function takeSamples<T extends ArrayData>(array: NdArray<T>, order: ArrayLike<number>): NdArray<T> {
  const [, ...rest] = array.shape;
  const each = rest.reduce((product, extent) => product * extent, 1);
  const data =
    array.data instanceof Uint8Array
      ? new Uint8Array(order.length * each)
      : new Float32Array(order.length * each);
  for (let i = 0; i < order.length; i++) {
    data.set(array.data.subarray(order[i]! * each, (order[i]! + 1) * each), i * each);
  }
  return { data: data as ArrayData as T, shape: [order.length, ...rest] };
}

/**
 * Where `validation_split` cuts, as Keras does: the last `fraction` of the samples, before any shuffling, are
 * held out; the first `floor(samples * (1 - fraction))` are trained on.
 */
export function validationStart(count: number, fraction: number): number {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new ReadError("bad-option", `validationSplit is ${fraction}; expected a number from 0 to below 1.`);
  }
  return Math.floor(count * (1 - fraction));
}

function largest(labels: ArrayLike<number>): number {
  let most = -1;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i]!);
  return most;
}
