import type { Axis } from "../shape.ts";
import { KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, setTapRange, tapRange, VECTOR } from "./blocks.ts";
import {
  add,
  addF,
  andNot,
  andV,
  block,
  convertSplat,
  divF,
  each,
  equalF,
  FunctionBuilder,
  floats,
  type I32,
  load,
  mul,
  pseudoMax,
  type Statement,
  set,
  shiftLeft,
  store,
  sub,
  type V128,
  zero,
} from "./encoder.ts";

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
}

/** Visits the positions of every window of one channel; each function gets addresses without the value's base. */
interface Windows {
  readonly before: (output: I32, count: V128) => Statement;
  readonly tap: (input: I32) => Statement;
  readonly after: (output: I32) => Statement;
}

/** Units are channels: no two of them touch the same number. */
function eachWindow(
  fn: FunctionBuilder,
  { axes, channels }: PoolSpec,
  clear: ((offset: I32) => Statement) | null,
  body: Windows,
): Statement {
  const [depth, height, width] = axes;
  const bytes = channels * LANE_BYTES;
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [channel, a, b, c, i, j, k, n, nEnd] = fn.wholes(9);
  const [start, output, input, line, position] = fn.wholes(5);
  const [z, r, w] = [tapRange(fn), tapRange(fn), tapRange(fn)];
  const count = fn.vector();
  const size = (range: typeof z): I32 => sub(range.to, range.from);
  const taps = each(
    i,
    z.from,
    z.to,
    1,
    each(
      j,
      r.from,
      r.to,
      1,
      block(
        set(line, add(mul(add(mul(add(z.base, i), height.input), r.base, j), width.input), w.base)),
        each(k, w.from, w.to, 1, block(set(input, add(start, mul(add(line, k), bytes), n)), body.tap(input))),
      ),
    ),
  );
  return block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      channel,
      begin,
      end,
      1,
      block(
        set(start, add(arena, mul(channel, LANE_BYTES))),
        ...(clear === null
          ? []
          : [
              each(
                position,
                0,
                depth.input * height.input * width.input,
                1,
                clear(add(start, mul(position, bytes))),
              ),
            ]),
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
            each(
              c,
              0,
              width.output,
              1,
              block(
                setTapRange(z, depth, a),
                setTapRange(r, height, b),
                setTapRange(w, width, c),
                set(count, convertSplat(mul(mul(size(z), size(r)), size(w)))),
                each(
                  n,
                  0,
                  nEnd,
                  VECTOR,
                  block(set(output, add(position, n)), body.before(output, count), taps, body.after(output)),
                ),
                set(position, add(position, bytes)),
              ),
            ),
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
  fn.body = eachWindow(fn, spec, null, {
    before: (_, count) => block(set(sum, max ? floats(Number.NEGATIVE_INFINITY) : zero), set(share, count)),
    tap: (input) => {
      const x = load(add(input, spec.x));
      return set(sum, max ? pseudoMax(x, sum) : addF(sum, x));
    },
    after: (output) => store(add(output, spec.y), max ? sum : divF(sum, share)),
  });
  return fn;
}

/** A maximum's gradient goes to the first position that has it, an average's to all alike. */
export function emitPoolGradient(name: string, spec: PoolGradientSpec): FunctionBuilder {
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const [top, slope, free, hit] = fn.vectors(4);
  const n = fn.whole();
  const clear = (at: I32): Statement => each(n, 0, LANE_BYTES, VECTOR, store(add(at, n, spec.dx), zero));
  const ones = equalF(zero, zero);
  const more = (input: I32, value: V128): Statement =>
    store(add(input, spec.dx), addF(load(add(input, spec.dx)), value));
  fn.body = eachWindow(fn, spec, spec.accumulate ? null : clear, {
    before: (output, count) => {
      const dy = load(add(output, spec.dy));
      return spec.mode === "max"
        ? block(set(top, load(add(output, spec.y))), set(slope, dy), set(free, ones))
        : set(slope, divF(dy, count));
    },
    tap: (input) =>
      spec.mode === "average"
        ? more(input, slope)
        : block(
            set(hit, andV(free, equalF(load(add(input, spec.x)), top))),
            set(free, andNot(free, hit)),
            more(input, andV(slope, hit)),
          ),
    after: () => block(),
  });
  return fn;
}
