import type { CanonicalConv } from "../shape.ts";
import {
  type Arithmetic,
  eachFilterBlock,
  eachRun,
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
} from "./blocks.ts";
import {
  add,
  addF,
  block,
  div,
  each,
  less,
  load,
  load8x8,
  max,
  min,
  mul,
  rem,
  repeatWhile,
  type Statement,
  set,
  shiftLeft,
  store,
  sub,
  toFloat,
  when,
  widenHigh,
  widenLow,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** The gradient of a convolution's kernel and, where asked for, of its biases. */
export interface ConvKernelGradientSpec {
  readonly conv: CanonicalConv;
  /** Address of the input `[position][stored channel][sample]`, bytes or float32. */
  readonly x: number;
  readonly bytes: boolean;
  /** Address of the output's gradient. */
  readonly dy: number;
  readonly bias: boolean;
  /** Kernels whose gradients lie in a row, of which the output row adds to the one at `row % banks`; default 1. */
  readonly banks?: number;
  /** Inputs and outputs that lie in a row, each with its own planes; default 1. */
  readonly stacks?: number;
}

/** Bytes of input and gradient that a strip of positions may have: they are read once per tap, from the L1 cache. */
const STRIP_BYTES = 20_480;

/**
 * Units are rows of the output. Adds to the accumulators at `extra`: one vector per weight, in the kernel's order,
 * then one per bias; each lane has its own share of the samples. `emitReduce` sums lanes and shards afterwards.
 *
 * For each strip of a row and each tap, a block of accumulators is loaded, lives in registers for the strip's
 * positions and samples, and is stored again.
 */
export function emitConvKernelGradient(
  name: string,
  spec: ConvKernelGradientSpec,
  arithmetic: Arithmetic,
): FunctionBuilder {
  const { conv, bytes, banks = 1, stacks = 1 } = spec;
  const { axes, channels, stored, filters, groups } = conv;
  const [depth, height, width] = axes;
  const groupFilters = filters / groups;
  const lane = bytes ? TILE : LANE_BYTES;
  const positionBytes = stored * lane;
  const gradientBytes = filters * LANE_BYTES;
  const weights = depth.kernel * height.kernel * width.kernel * channels * filters;
  const stripBytes = channels * groups * lane + gradientBytes;
  const strip = Math.max(1, Math.min(width.output, Math.floor(STRIP_BYTES / stripBytes)));

  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena, extra } = kernelParameters(fn);
  const [row, column, group, i, j, k, left, nEnd] = fn.wholes(8);
  const [from, to, xLine, gLine, sums, line] = fn.wholes(6);
  const [xAt, gAt, x, g, gEnd, acc] = fn.wholes(6);
  const [z, r] = [tapRange(fn), tapRange(fn)];
  const totals = fn.vectors(8);
  const [gs, gs2] = [fn.vectors(4), fn.vectors(4)];
  const [value, value2, wide] = fn.vectors(3);

  /** One vector of samples (two when the input is bytes: eight bytes are read at a time). */
  const step = (cs: number, fs: number): Statement => {
    const statements: Statement[] = [];
    for (let f = 0; f < fs; f++) {
      statements.push(set(gs[f]!, load(g, f * LANE_BYTES)));
      if (bytes) statements.push(set(gs2[f]!, load(g, f * LANE_BYTES + VECTOR)));
    }
    const collect = (c: number, input: typeof value, gradients: typeof gs): void => {
      for (let f = 0; f < fs; f++) {
        const total = totals[c * fs + f]!;
        statements.push(set(total, multiplyAdd(arithmetic, input, gradients[f]!, total)));
      }
    };
    for (let c = 0; c < cs; c++) {
      if (bytes) {
        statements.push(set(wide, load8x8(x, c * lane)));
        statements.push(set(value, toFloat(widenLow(wide))), set(value2, toFloat(widenHigh(wide))));
      } else statements.push(set(value, load(x, c * lane)));
      collect(c, value, gs);
      if (bytes) collect(c, value2, gs2);
    }
    const advance = bytes ? 2 * VECTOR : VECTOR;
    return block(...statements, set(x, add(x, bytes ? 8 : VECTOR)), set(g, add(g, advance)));
  };

  /** A block of channels and filters over the strip's positions where the tap meets data. */
  const strips = (cRun: Run, fRun: Run): Statement => {
    const [cs, fs] = [cRun.count, fRun.count];
    const offset = (c: number, f: number): number => (c * filters + f) * VECTOR;
    const loads: Statement[] = [];
    const stores: Statement[] = [];
    for (let c = 0; c < cs; c++) {
      for (let f = 0; f < fs; f++) {
        loads.push(set(totals[c * fs + f]!, load(acc, offset(c, f))));
        stores.push(store(acc, totals[c * fs + f]!, offset(c, f)));
      }
    }
    return block(
      set(acc, add(sums, mul(cRun.first, filters * VECTOR), mul(fRun.first, VECTOR))),
      ...loads,
      set(xAt, add(xLine, mul(cRun.first, lane))),
      set(gAt, add(gLine, mul(fRun.first, LANE_BYTES))),
      set(left, sub(to, from)),
      repeatWhile(
        block(
          set(x, xAt),
          set(g, gAt),
          set(gEnd, add(gAt, nEnd)),
          repeatWhile(step(cs, fs), less(g, gEnd)),
          set(xAt, add(xAt, width.stride * positionBytes)),
          set(gAt, add(gAt, gradientBytes)),
          set(left, sub(left, 1)),
        ),
        left,
      ),
      ...stores,
    );
  };

  const channelBlock = groupFilters >= 3 ? 2 : groupFilters === 2 ? (bytes || channels % 3 === 0 ? 3 : 4) : 8;
  const blocks = eachRun(fn, channels, channelBlock, (cRun) =>
    eachFilterBlock(fn, groupFilters, (fRun) => strips(cRun, fRun)),
  );
  const allGroups =
    groups === 1
      ? blocks
      : each(
          group,
          0,
          groups,
          1,
          block(
            blocks,
            set(xLine, add(xLine, channels * lane)),
            set(gLine, add(gLine, groupFilters * LANE_BYTES)),
            set(sums, add(sums, groupFilters * VECTOR)),
          ),
        );

  // Output columns g with 0 <= g * stride - before + k * dilation < input.
  const shift = sub(width.before, mul(k, width.dilation));
  const tap = block(
    set(from, max(column, div(add(shift, width.stride - 1), width.stride))),
    set(
      to,
      min(
        min(add(column, strip), width.output),
        div(add(shift, width.input - 1 + width.stride), width.stride),
      ),
    ),
    when(
      less(from, to),
      block(
        set(
          line,
          add(
            mul(
              add(mul(add(z.base, mul(i, depth.dilation)), height.input), r.base, mul(j, height.dilation)),
              width.input,
            ),
            sub(mul(from, width.stride), shift),
          ),
        ),
        set(xLine, add(arena, mul(line, positionBytes), spec.x)),
        set(gLine, add(arena, mul(add(mul(row, width.output), from), gradientBytes), spec.dy)),
        set(
          sums,
          add(
            extra,
            mul(rem(row, banks), weights * VECTOR),
            mul(add(mul(add(mul(i, height.kernel), j), width.kernel), k), channels * filters * VECTOR),
          ),
        ),
        allGroups,
      ),
    ),
  );

  const biasSums = (): Statement =>
    eachFilterBlock(fn, filters, ({ first, count }) => {
      const at = add(extra, mul(first, VECTOR));
      const runs = Array.from({ length: count }, (_, f) => f);
      return block(
        ...runs.map((f) => set(totals[f]!, load(at, (weights + f) * VECTOR))),
        set(gAt, add(arena, mul(row, width.output * gradientBytes), mul(first, LANE_BYTES), spec.dy)),
        each(
          left,
          0,
          width.output,
          1,
          block(
            set(g, gAt),
            set(gEnd, add(gAt, nEnd)),
            repeatWhile(
              block(
                ...runs.map((f) => set(totals[f]!, addF(totals[f]!, load(g, f * LANE_BYTES)))),
                set(g, add(g, VECTOR)),
              ),
              less(g, gEnd),
            ),
            set(gAt, add(gAt, gradientBytes)),
          ),
        ),
        ...runs.map((f) => store(at, totals[f]!, (weights + f) * VECTOR)),
      );
    });

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
        ...(spec.bias ? [biasSums()] : []),
        each(
          column,
          0,
          width.output,
          strip,
          each(i, z.from, z.to, 1, each(j, r.from, r.to, 1, each(k, 0, width.kernel, 1, tap))),
        ),
      ),
    ),
  );
  return fn;
}
