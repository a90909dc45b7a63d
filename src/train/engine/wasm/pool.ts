import type { Axis } from "../shape.ts";
import { KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, setTapRange, tapRange, VECTOR } from "./blocks.ts";
import {
  add,
  addF,
  andNot,
  andV,
  block,
  convertSplat,
  div,
  divF,
  each,
  equalF,
  floats,
  greaterF,
  type I32,
  type Local,
  load,
  mul,
  pseudoMax,
  rem,
  type Statement,
  set,
  shiftLeft,
  store,
  sub,
  type V128,
  zero,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** Pooling over three axes (those in front may be of length 1). */
export interface PoolSpec {
  readonly mode: "max" | "average";
  readonly axes: readonly [Axis, Axis, Axis];
  readonly channels: number;
  /** Addresses in the arena of the input and the output. */
  readonly x: number;
  readonly y: number;
}

/** Addresses in the arena of the gradients. */
export interface PoolGradientSpec extends PoolSpec {
  readonly dy: number;
  readonly dx: number;
  /** Whether the gradient is added to what `dx` holds. */
  readonly accumulate: boolean;
  /** Whether the input is the value of a ReLU, whose mask is applied on the way. */
  readonly mask: boolean;
}

/** What is done at one window of one channel; addresses are without the value's base. */
interface Window {
  readonly before: (output: I32, count: V128) => Statement;
  /** `offset`: bytes to be added to the address. */
  readonly tap: (input: Local<"i32">, offset: number) => Statement;
  readonly after: (output: I32) => Statement;
}

/** The most taps that are written out one by one. */
const UNROLLED = 32;

/** No window reaches into the padding. */
const isWhole = ({ input, kernel, stride, before, output }: Axis): boolean =>
  before === 0 && (output - 1) * stride + kernel <= input;

/** Every input position belongs to exactly one window. */
const isPartition = (axis: Axis): boolean =>
  isWhole(axis) && axis.stride === axis.kernel && axis.output * axis.stride === axis.input;

/** Windows do not overlap along any axis. */
const areApart = ({ axes }: PoolSpec): boolean => axes.every(({ stride, kernel }) => stride >= kernel);

/** What a pooling kernel's units are, and how many. */
export interface PoolUnits {
  /** Rows of the output go through memory in order; channels are for windows that write to the same places. */
  readonly by: "rows" | "channels";
  readonly count: number;
}

/** Few rows would leave threads without work: then channels. */
const FEW_ROWS = 4;

export function poolUnits(spec: PoolSpec, gradient: boolean): PoolUnits {
  const rows = spec.axes[0].output * spec.axes[1].output;
  const byRows = rows >= FEW_ROWS && (!gradient || areApart(spec));
  return byRows ? { by: "rows", count: rows } : { by: "channels", count: spec.channels };
}

/** Whether the input's gradient must be zero before the kernel runs, because windows leave positions out. */
export function needsClearing(spec: PoolGradientSpec): boolean {
  return poolUnits(spec, true).by === "rows" && !spec.accumulate && !spec.axes.every(isPartition);
}

function eachWindow(
  by: PoolUnits["by"],
  fn: FunctionBuilder,
  spec: PoolSpec,
  clear: ((at: I32) => Statement) | null,
  body: Window,
): Statement {
  const { axes, channels } = spec;
  const [depth, height, width] = axes;
  const bytes = channels * LANE_BYTES;
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [channel, a, b, c, n, nEnd] = fn.wholes(6);
  const [start, output, input, position, corner] = fn.wholes(5);
  const taps = depth.kernel * height.kernel * width.kernel;
  const whole = axes.every(isWhole);
  const { setCount, count, visit } = whole && taps <= UNROLLED ? unrolled() : looped();

  function unrolled() {
    const offsets: number[] = [];
    for (let i = 0; i < depth.kernel; i++) {
      for (let j = 0; j < height.kernel; j++) {
        for (let k = 0; k < width.kernel; k++)
          offsets.push(((i * height.input + j) * width.input + k) * bytes);
      }
    }
    const line = add(
      mul(add(mul(a, depth.stride * height.input), mul(b, height.stride)), width.input),
      mul(c, width.stride),
    );
    return {
      count: floats(taps),
      setCount: set(corner, add(start, mul(line, bytes))),
      visit: block(set(input, add(corner, n)), ...offsets.map((offset) => body.tap(input, offset))),
    };
  }

  function looped() {
    const [i, j, k, line] = fn.wholes(4);
    const [z, r, w] = [tapRange(fn), tapRange(fn), tapRange(fn)];
    const found = fn.vector();
    const size = (range: typeof z): I32 => sub(range.to, range.from);
    const visitLine = block(
      set(line, add(mul(add(mul(add(z.base, i), height.input), r.base, j), width.input), w.base)),
      each(
        k,
        w.from,
        w.to,
        1,
        block(set(input, add(start, mul(add(line, k), bytes), n)), body.tap(input, 0)),
      ),
    );
    return {
      count: found,
      setCount: block(
        setTapRange(z, depth, a),
        setTapRange(r, height, b),
        setTapRange(w, width, c),
        set(found, convertSplat(mul(mul(size(z), size(r)), size(w)))),
      ),
      visit: each(i, z.from, z.to, 1, each(j, r.from, r.to, 1, visitLine)),
    };
  }

  const window = block(
    setCount,
    each(
      n,
      0,
      nEnd,
      VECTOR,
      block(set(output, add(position, n)), body.before(output, count), visit, body.after(output)),
    ),
  );
  if (by === "rows") {
    const row = fn.whole();
    return block(
      set(nEnd, shiftLeft(samples, 2)),
      each(
        row,
        begin,
        end,
        1,
        block(
          set(a, div(row, height.output)),
          set(b, rem(row, height.output)),
          set(position, add(arena, mul(row, width.output * bytes))),
          each(
            c,
            0,
            width.output,
            1,
            each(
              channel,
              0,
              channels,
              1,
              block(
                set(start, add(arena, mul(channel, LANE_BYTES))),
                window,
                set(position, add(position, LANE_BYTES)),
              ),
            ),
          ),
        ),
      ),
    );
  }
  const inputs = depth.input * height.input * width.input;
  return block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      channel,
      begin,
      end,
      1,
      block(
        set(start, add(arena, mul(channel, LANE_BYTES))),
        ...(clear === null ? [] : [each(position, 0, inputs, 1, clear(add(start, mul(position, bytes))))]),
        set(position, add(start, 0)),
        each(
          a,
          0,
          depth.output,
          1,
          each(
            b,
            0,
            height.output,
            1,
            each(c, 0, width.output, 1, block(window, set(position, add(position, bytes)))),
          ),
        ),
      ),
    ),
  );
}

export function emitPool(name: string, spec: PoolSpec): FunctionBuilder {
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const [sum, share] = fn.vectors(2);
  const max = spec.mode === "max";
  fn.body = eachWindow(poolUnits(spec, false).by, fn, spec, null, {
    before: (_, count) => block(set(sum, max ? floats(Number.NEGATIVE_INFINITY) : zero), set(share, count)),
    tap: (input, offset) => {
      const x = load(input, spec.x + offset);
      return set(sum, max ? pseudoMax(x, sum) : addF(sum, x));
    },
    after: (output) => store(output, max ? sum : divF(sum, share), spec.y),
  });
  return fn;
}

/** A maximum's gradient goes to the first position that has it, an average's to all alike. */
export function emitPoolGradient(name: string, spec: PoolGradientSpec): FunctionBuilder {
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const [top, slope, free, hit, x] = fn.vectors(5);
  const n = fn.whole();
  const clear = (at: I32): Statement => each(n, 0, LANE_BYTES, VECTOR, store(add(at, n), zero, spec.dx));
  const ones = equalF(zero, zero);
  const max = spec.mode === "max";
  const once = !spec.accumulate && spec.axes.every(isPartition);
  const readsInput = max || spec.mask;
  const { by } = poolUnits(spec, true);
  fn.body = eachWindow(by, fn, spec, spec.accumulate || once || by === "rows" ? null : clear, {
    before: (output, count) => {
      const dy = load(output, spec.dy);
      return max
        ? block(set(top, load(output, spec.y)), set(slope, dy), set(free, ones))
        : set(slope, divF(dy, count));
    },
    tap: (input, offset) => {
      let value: V128 = max ? andV(slope, hit) : slope;
      if (spec.mask) value = andV(value, greaterF(x, zero));
      return block(
        ...(readsInput ? [set(x, load(input, spec.x + offset))] : []),
        ...(max ? [set(hit, andV(free, equalF(x, top))), set(free, andNot(free, hit))] : []),
        store(input, once ? value : addF(load(input, spec.dx + offset), value), spec.dx + offset),
      );
    },
    after: () => block(),
  });
  return fn;
}
