import { KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, VECTOR } from "./blocks.ts";
import {
  add,
  addF,
  andV,
  block,
  div,
  each,
  floats,
  greaterF,
  less,
  load,
  loadSplat,
  mul,
  mulF,
  pseudoMax,
  rem,
  type Statement,
  set,
  shiftLeft,
  store,
  subF,
  type V128,
  when,
  zero,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";
import { FAR, NEAR, POINTS, TILE_WIDTH } from "./winograd.ts";

/** Products back to a convolution's outputs. */
export interface FromPointsSpec {
  /** Address of the products `[tile][depth][point][height][filter][sample]`. */
  readonly from: number;
  /** Address of the output `[depth][height][width][filter][sample]`. */
  readonly to: number;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly tiles: number;
  /** As for `emitConvForward`. */
  readonly bias: number;
  readonly accumulate: boolean;
  readonly relu: boolean;
  readonly mask: number;
}

/** Units are planes of tiles (tiles times depth). */
export function emitFromPoints(name: string, spec: FromPointsSpec): FunctionBuilder {
  const { depth, height, width, filters, tiles, relu, mask } = spec;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [unit, row, f, n, nEnd, source, target, x, y, bias] = fn.wholes(10);
  const position = filters * LANE_BYTES;
  const pointBytes = height * position;
  const m = fn.vectors(POINTS);
  const [start, p, q, r, s] = fn.vectors(5);
  const [near, far, near2, far2] = fn.vectors(4);

  const outputs = (count: number): Statement => {
    const finish = (j: number, sum: V128): Statement => {
      if (j >= count) return block();
      const offset = j * position;
      let value = sum;
      if (spec.accumulate) value = addF(value, load(y, offset));
      if (spec.bias !== 0) value = addF(value, start);
      if (relu) value = pseudoMax(value, zero);
      if (mask !== 0) value = andV(value, greaterF(load(add(y, mask - spec.to), offset), zero));
      return store(y, value, offset);
    };
    return block(
      ...m.map((local, point) => set(local, load(x, point * pointBytes))),
      set(p, addF(m[1]!, m[2]!)),
      set(q, addF(m[3]!, m[4]!)),
      set(r, mulF(subF(m[1]!, m[2]!), near)),
      set(s, mulF(subF(m[3]!, m[4]!), far)),
      finish(0, addF(addF(m[0]!, p), q)),
      finish(1, addF(r, s)),
      finish(2, addF(mulF(p, near2), mulF(q, far2))),
      finish(3, addF(addF(mulF(r, near2), mulF(s, far2)), m[5]!)),
      set(x, add(x, VECTOR)),
      set(y, add(y, VECTOR)),
    );
  };
  const rows = (count: number): Statement =>
    each(
      row,
      0,
      height,
      1,
      block(
        each(
          f,
          0,
          filters,
          1,
          block(
            set(x, add(source, mul(f, LANE_BYTES))),
            set(y, add(target, mul(f, LANE_BYTES))),
            ...(spec.bias === 0
              ? []
              : [set(bias, add(shiftLeft(f, 2), spec.bias)), set(start, loadSplat(bias))]),
            each(n, 0, nEnd, VECTOR, outputs(count)),
          ),
        ),
        set(source, add(source, position)),
        set(target, add(target, width * position)),
      ),
    );
  const rest = width - (tiles - 1) * TILE_WIDTH;
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    set(near, floats(NEAR)),
    set(far, floats(FAR)),
    set(near2, floats(NEAR ** 2)),
    set(far2, floats(FAR ** 2)),
    each(
      unit,
      begin,
      end,
      1,
      block(
        set(source, add(arena, mul(unit, POINTS * pointBytes), spec.from)),
        set(
          target,
          add(
            arena,
            mul(rem(unit, depth), height * width * position),
            mul(div(unit, depth), TILE_WIDTH * position),
            spec.to,
          ),
        ),
        rest === TILE_WIDTH
          ? rows(TILE_WIDTH)
          : when(less(unit, (tiles - 1) * depth), rows(TILE_WIDTH), rows(rest)),
      ),
    ),
  );
  return fn;
}
