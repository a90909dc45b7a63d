import type { CanonicalConv } from "../shape.ts";
import { beginSums, endSums } from "./block-ends.ts";
import {
  type Arithmetic,
  eachFilterBlock,
  KERNEL_PARAMETERS,
  kernelParameters,
  LANE_BYTES,
  multiplyAdd,
  type Run,
  setStackedTapRange,
  setTapRange,
  TILE,
  tapRange,
  VECTOR,
  vectorsFor,
} from "./blocks.ts";
import {
  add,
  block,
  div,
  each,
  type I32,
  less,
  load,
  load8x8,
  loadSplat,
  mul,
  rem,
  repeatWhile,
  type Statement,
  set,
  shiftLeft,
  shiftRight,
  sub,
  toFloat,
  when,
  widenHigh,
  widenLow,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** A convolution's forward pass; also the input gradient at stride 1, and a transposed convolution's. */
export interface ConvForwardSpec {
  readonly conv: CanonicalConv;
  /** Address of the input `[position][stored channel][sample]`, bytes or float32. */
  readonly x: number;
  readonly bytes: boolean;
  /** Address of the weights as `packKernel` lays them out. */
  readonly packed: number;
  /** Kernels in a row at `packed`, of which the output row takes the one at `row % banks`; default 1. */
  readonly banks?: number;
  /** Inputs and outputs that lie in a row, each with its own planes; default 1. */
  readonly stacks?: number;
  /** Address of the biases, or 0 for none. */
  readonly bias: number;
  /** Address of the output `[position][filter][sample]`. */
  readonly y: number;
  /** Where the sums start: at the bias (or zero), or at what `y` holds. */
  readonly accumulate: boolean;
  readonly relu: boolean;
  /** Address of values in `y`'s layout; outputs whose value there is not above 0 become 0. 0: none. */
  readonly mask: number;
}

/**
 * Units are rows of the output (depth times height). For each output position and block of filters, the sums of a
 * few vectors of samples stay in registers while taps and channels go by in one flat loop: input and weights both
 * lie in the order they are read.
 */
export function emitConvForward(
  name: string,
  spec: ConvForwardSpec,
  arithmetic: Arithmetic,
): FunctionBuilder {
  const { conv, bytes, banks = 1, stacks = 1 } = spec;
  const { axes, channels, stored, filters, groups } = conv;
  const [depth, height, width] = axes;
  const groupFilters = filters / groups;
  const taps = depth.kernel * height.kernel * width.kernel;
  const lane = bytes ? TILE : LANE_BYTES;
  const positionBytes = stored * lane;
  /** Whether the channels that are read lie without gaps along the last axis. */
  const flat = channels === stored && width.dilation === 1;

  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [row, column, group, i, j, k, n, nEnd] = fn.wholes(8);
  const [z, r, c] = [tapRange(fn), tapRange(fn), tapRange(fn)];
  const [origin, xGroup, xDepth, xRow, xTap, x, xEnd, run] = fn.wholes(8);
  const [packed, wGroup, wDepth, wRow, w, y, bias, lines] = fn.wholes(8);
  const sums = fn.vectors(8);
  const xs = fn.vectors(4);
  const weight = fn.vector();
  const wide = fn.vector();

  const loadInputs = (vectors: number): Statement[] => {
    const statements: Statement[] = [];
    for (let v = 0; v < vectors; v++) {
      if (!bytes) statements.push(set(xs[v]!, load(x, v * VECTOR)));
      else if (v % 2 === 0) {
        statements.push(set(wide, load8x8(x, v * 4)));
        statements.push(set(xs[v]!, toFloat(widenLow(wide))), set(xs[v + 1]!, toFloat(widenHigh(wide))));
      }
    }
    return statements;
  };

  /** One channel of one tap for all sums of the block. */
  const step = (count: number, vectors: number): Statement => {
    const statements = loadInputs(vectors);
    for (let f = 0; f < count; f++) {
      statements.push(set(weight, loadSplat(w, f * 4)));
      for (let v = 0; v < vectors; v++) {
        const sum = sums[f * vectors + v]!;
        statements.push(set(sum, multiplyAdd(arithmetic, xs[v]!, weight, sum)));
      }
    }
    return block(...statements, set(w, add(w, count * 4)), set(x, add(x, lane)));
  };

  const filterBlock = ({ first, count }: Run): Statement => {
    const vectors = vectorsFor(count);
    const weightBytes = count * 4;
    const inner = repeatWhile(step(count, vectors), less(x, xEnd));
    const line = flat
      ? block(set(x, xRow), set(xEnd, add(xRow, run)), inner)
      : block(
          set(xTap, xRow),
          each(
            k,
            c.from,
            c.to,
            1,
            block(
              set(x, xTap),
              set(xEnd, add(xTap, channels * lane)),
              inner,
              set(xTap, add(xTap, width.dilation * positionBytes)),
            ),
          ),
        );
    const rows = each(
      j,
      r.from,
      r.to,
      1,
      block(
        set(w, wRow),
        line,
        set(xRow, add(xRow, height.dilation * width.input * positionBytes)),
        set(wRow, add(wRow, width.kernel * channels * weightBytes)),
      ),
    );
    const planes = each(
      i,
      z.from,
      z.to,
      1,
      block(
        set(xRow, add(xDepth, mul(r.from, height.dilation * width.input * positionBytes))),
        set(wRow, add(wDepth, mul(r.from, width.kernel * channels * weightBytes))),
        rows,
        set(xDepth, add(xDepth, depth.dilation * height.input * width.input * positionBytes)),
        set(wDepth, add(wDepth, height.kernel * width.kernel * channels * weightBytes)),
      ),
    );
    const ends = {
      target: add(y, mul(first, LANE_BYTES), n),
      first,
      bias: spec.bias === 0 ? null : bias,
      accumulate: spec.accumulate,
      relu: spec.relu,
      mask: spec.mask === 0 ? null : spec.mask - spec.y,
    };
    const body = block(
      ...beginSums(sums, count, vectors, ends),
      set(
        xDepth,
        add(
          origin,
          shiftRight(n, bytes ? 2 : 0),
          mul(z.from, depth.dilation * height.input * width.input * positionBytes),
        ),
      ),
      // The weights of a block lie behind those of the blocks before it: all taps and channels of each filter.
      set(
        wDepth,
        add(
          wGroup,
          mul(first, taps * channels * 4),
          mul(z.from, height.kernel * width.kernel * channels * weightBytes),
          mul(c.from, channels * weightBytes),
        ),
      ),
      when(less(c.from, c.to), planes),
      ...endSums(sums, count, vectors, ends),
    );
    return each(n, 0, nEnd, vectors * VECTOR, body);
  };

  const blocks = eachFilterBlock(fn, groupFilters, filterBlock);
  const allGroups =
    groups === 1
      ? block(set(origin, xGroup), set(wGroup, packed), blocks)
      : block(
          set(origin, xGroup),
          set(wGroup, packed),
          each(
            group,
            0,
            groups,
            1,
            block(
              blocks,
              set(origin, add(origin, channels * lane)),
              set(wGroup, add(wGroup, taps * channels * groupFilters * 4)),
              set(y, add(y, groupFilters * LANE_BYTES)),
              ...(spec.bias === 0 ? [] : [set(bias, add(bias, groupFilters * 4))]),
            ),
          ),
          set(y, sub(y, filters * LANE_BYTES)),
        );
  const first = (position: I32): I32 => add(arena, mul(position, positionBytes), spec.x);
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      row,
      begin,
      end,
      1,
      block(
        setStackedTapRange(z, depth, div(row, height.output), stacks),
        setTapRange(r, height, rem(row, height.output)),
        set(y, add(arena, mul(row, width.output * filters * LANE_BYTES), spec.y)),
        set(lines, mul(add(mul(z.base, height.input), r.base), width.input)),
        set(packed, add(mul(rem(row, banks), taps * channels * filters * 4), spec.packed)),
        each(
          column,
          0,
          width.output,
          1,
          block(
            setTapRange(c, width, column),
            set(run, mul(sub(c.to, c.from), channels * lane)),
            set(xGroup, first(add(lines, c.base, mul(c.from, width.dilation)))),
            ...(spec.bias === 0 ? [] : [set(bias, add(spec.bias))]),
            allGroups,
            set(y, add(y, filters * LANE_BYTES)),
          ),
        ),
      ),
    ),
  );
  return fn;
}
