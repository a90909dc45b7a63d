/** A box of a dataset: `count` values from `start` along each axis. */
export interface Box {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/**
 * Cuts a dataset into boxes of at most `values` values each (one chunk at least), along the leading axes first
 * and never through a chunk, so that every chunk is read and decompressed once.
 */
export function* boxesOf(
  shape: readonly number[],
  chunks: readonly number[],
  values: number,
): Generator<Box> {
  const extents = [...shape];
  const size = (): number => extents.reduce((product, extent) => product * extent, 1);
  for (let axis = 0; axis < shape.length && size() > values; axis++) {
    const rest = size() / extents[axis]!;
    const chunk = chunks[axis]!;
    const whole = Math.floor(values / rest / chunk) * chunk;
    extents[axis] = Math.min(extents[axis]!, Math.max(chunk, whole));
  }
  const start = shape.map(() => 0);
  for (;;) {
    yield { start: [...start], count: start.map((at, axis) => Math.min(extents[axis]!, shape[axis]! - at)) };
    let axis = shape.length - 1;
    for (; axis >= 0; axis--) {
      start[axis]! += extents[axis]!;
      if (start[axis]! < shape[axis]!) break;
      start[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Copies the packed `bytes` of a box to their places in the packed `target` of the whole dataset. */
export function placeBox(
  target: Uint8Array,
  shape: readonly number[],
  box: Box,
  bytes: Uint8Array,
  itemBytes: number,
): void {
  // Axes that the box spans fully, counted from the last, make one run together with the axis before them.
  let axis = shape.length - 1;
  let run = itemBytes;
  while (axis >= 0 && box.count[axis] === shape[axis]) run *= shape[axis--]!;
  if (axis >= 0) run *= box.count[axis]!;
  const outer = Math.max(0, axis);
  const strides = shape.map((_, index) =>
    shape.slice(index + 1).reduce((product, extent) => product * extent, itemBytes),
  );
  const base = box.start.reduce((sum, at, index) => sum + at * strides[index]!, 0);
  const index = new Array<number>(outer).fill(0);
  for (let from = 0; from < bytes.length; from += run) {
    const at = index.reduce((sum, step, position) => sum + step * strides[position]!, base);
    target.set(bytes.subarray(from, from + run), at);
    for (let position = outer - 1; position >= 0; position--) {
      if (++index[position]! < box.count[position]!) break;
      index[position] = 0;
    }
  }
}
