import { KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, VECTOR } from "./blocks.ts";
import {
  add,
  addF,
  block,
  div,
  each,
  floats,
  type I32,
  type Local,
  load,
  mul,
  mulF,
  rem,
  type Statement,
  set,
  shiftLeft,
  store,
  sub,
  subF,
  type V128,
  zero,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";
import { FAR, NEAR, POINTS, TILE_WIDTH } from "./winograd.ts";

/** Rows cut into tiles, `[depth][height][width][channel][sample]` to `[tile][depth][point][height][channel][sample]`. */
export interface ToPointsSpec {
  /** Address of the rows in the arena. */
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly tiles: number;
  /** What is transformed: the input of a convolution, or the gradient of its output. */
  readonly what: "input" | "gradient";
  /** Zeros in front of an input. */
  readonly before: number;
}

/** Units are rows (depth times height). */
export function emitToPoints(name: string, spec: ToPointsSpec): FunctionBuilder {
  const { depth, height, width, channels, tiles, what, before } = spec;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [row, tile, c, n, nEnd, source, target, from, to, x, y] = fn.wholes(11);
  const size = what === "input" ? POINTS : TILE_WIDTH;
  const start = what === "input" ? before : 0;
  const position = channels * LANE_BYTES;
  const pointBytes = height * position;
  const values = fn.vectors(6);
  const [p, q] = fn.vectors(2);
  const transform = what === "input" ? inputTransform(fn, values, p, q) : gradientTransform(fn, values, p, q);

  /** A tile whose number `i` (0 … size - 1) is there when `there(i)`; `from` is where the first of those lies. */
  const oneTile = (there: (i: number) => boolean): Statement => {
    const indices = Array.from({ length: size }, (_, i) => i);
    const first = indices.findIndex(there);
    const loads = indices.map((i) => set(values[i]!, there(i) ? load(x, (i - first) * position) : zero));
    const stores = (point: number, value: V128): Statement => store(y, value, point * pointBytes);
    return each(
      c,
      0,
      channels,
      1,
      block(
        set(x, add(from, mul(c, LANE_BYTES))),
        set(y, add(to, mul(c, LANE_BYTES))),
        each(
          n,
          0,
          nEnd,
          VECTOR,
          block(...loads, transform.values(stores), set(x, add(x, VECTOR)), set(y, add(y, VECTOR))),
        ),
      ),
    );
  };
  const at = (t: number, i: number): number => t * TILE_WIDTH - start + i;
  const isThere = (t: number) => (i: number) => at(t, i) >= 0 && at(t, i) < width;
  const isWhole = (t: number): boolean => isThere(t)(0) && isThere(t)(size - 1);
  const place = (t: I32, first: I32): Statement =>
    block(
      set(from, add(source, mul(first, position))),
      set(to, add(target, mul(t, depth * POINTS * pointBytes))),
    );
  const all: Statement[] = [];
  for (let t = 0; t < tiles; t++) {
    if (!isWhole(t)) {
      all.push(place(add(t), add(Math.max(0, at(t, 0)))), oneTile(isThere(t)));
      continue;
    }
    let last = t;
    while (last + 1 < tiles && isWhole(last + 1)) last++;
    const body = block(
      place(tile, sub(mul(tile, TILE_WIDTH), start)),
      oneTile(() => true),
    );
    all.push(each(tile, t, last + 1, 1, body));
    t = last;
  }
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    ...transform.constants,
    each(
      row,
      begin,
      end,
      1,
      block(
        set(source, add(arena, mul(row, width * position), spec.from)),
        set(
          target,
          add(arena, mul(div(row, height), POINTS * pointBytes), mul(rem(row, height), position), spec.to),
        ),
        ...all,
      ),
    ),
  );
  return fn;
}

type Vectors = readonly Local<"v128">[];

/** A transform of the numbers in `values`: constants that are set once, and what is stored for each point. */
interface Transform {
  readonly constants: readonly Statement[];
  values(put: Put): Statement;
}

type Put = (point: number, value: V128) => Statement;

/** B'. */
function inputTransform(fn: FunctionBuilder, x: Vectors, p: Local<"v128">, q: Local<"v128">): Transform {
  const [near, far, near2, far2, both, sum] = fn.vectors(6);
  return {
    constants: [
      set(near, floats(NEAR)),
      set(far, floats(FAR)),
      set(near2, floats(NEAR ** 2)),
      set(far2, floats(FAR ** 2)),
      set(both, floats(NEAR ** 2 * FAR ** 2)),
      set(sum, floats(NEAR ** 2 + FAR ** 2)),
    ],
    values: (put) =>
      block(
        put(0, addF(subF(mulF(x[0]!, both), mulF(x[2]!, sum)), x[4]!)),
        put(5, addF(subF(mulF(x[1]!, both), mulF(x[3]!, sum)), x[5]!)),
        set(p, subF(x[4]!, mulF(x[2]!, far2))),
        set(q, mulF(subF(x[3]!, mulF(x[1]!, far2)), near)),
        put(1, addF(p, q)),
        put(2, subF(p, q)),
        set(p, subF(x[4]!, mulF(x[2]!, near2))),
        set(q, mulF(subF(x[3]!, mulF(x[1]!, near2)), far)),
        put(3, addF(p, q)),
        put(4, subF(p, q)),
      ),
  };
}

/** A: what an output's gradient is to the products. */
function gradientTransform(fn: FunctionBuilder, g: Vectors, p: Local<"v128">, q: Local<"v128">): Transform {
  const [near, far, near2, far2] = fn.vectors(4);
  const pair = (point: number, by: Local<"v128">, square: Local<"v128">, put: Put): Statement =>
    block(
      set(p, addF(g[0]!, mulF(g[2]!, square))),
      set(q, mulF(addF(g[1]!, mulF(g[3]!, square)), by)),
      put(point, addF(p, q)),
      put(point + 1, subF(p, q)),
    );
  return {
    constants: [
      set(near, floats(NEAR)),
      set(far, floats(FAR)),
      set(near2, floats(NEAR ** 2)),
      set(far2, floats(FAR ** 2)),
    ],
    values: (put) => block(put(0, g[0]!), put(5, g[3]!), pair(1, near, near2, put), pair(3, far, far2, put)),
  };
}
