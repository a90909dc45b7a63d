import type { Axis, CanonicalConv } from "../shape.ts";
import { beginSums, endSums } from "./block-ends.ts";
import {
  type Arithmetic,
  eachFilterBlock,
  KERNEL_PARAMETERS,
  kernelParameters,
  LANE_BYTES,
  multiplyAdd,
  type Run,
  VECTOR,
  vectorsFor,
} from "./blocks.ts";
import {
  add,
  and,
  block,
  div,
  each,
  type I32,
  isNotZero,
  type Local,
  less,
  load,
  loadSplat,
  min,
  mul,
  or,
  rem,
  repeatWhile,
  type Statement,
  set,
  shiftLeft,
  sub,
  when,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** The gradient of a strided convolution's input; also a strided transposed convolution's forward pass. */
export interface ConvInputGradientSpec {
  /** The convolution; it reads every stored channel. */
  readonly conv: CanonicalConv;
  /** Address of the weights in Keras's order. */
  readonly kernel: number;
  /** Address of the output's gradient `[output position][filter][sample]`. */
  readonly dy: number;
  /** Address of the result `[input position][channel][sample]`. */
  readonly dx: number;
  /** Address of biases by channel (a transposed convolution has them), or 0. */
  readonly bias: number;
  readonly accumulate: boolean;
  readonly relu: boolean;
  /** As for the forward pass. */
  readonly mask: number;
}

/** The taps of one axis through which an input position meets outputs: from `first` on, every `step`-th. */
interface Meeting {
  readonly first: Local<"i32">;
  readonly end: Local<"i32">;
  /** Output position that the first tap meets; each further tap lies `outputStep` before. */
  readonly output: Local<"i32">;
  readonly step: number;
  readonly outputStep: number;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * Units are rows of the input (depth times height). Gathers: every input position sums over the outputs that saw it,
 * so nothing is written twice.
 */
export function emitConvInputGradient(
  name: string,
  spec: ConvInputGradientSpec,
  arithmetic: Arithmetic,
): FunctionBuilder {
  const { conv } = spec;
  const { axes, channels, filters, groups } = conv;
  const [depth, height, width] = axes;
  const groupFilters = filters / groups;
  const allChannels = channels * groups;
  const outputBytes = filters * LANE_BYTES;
  /** Bytes from one tap's weights to the next. */
  const tapBytes = channels * filters * 4;

  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [row, column, group, i, j, k, n, nEnd] = fn.wholes(8);
  const [origin, gDepth, gRow, gTap, g, gEnd, target] = fn.wholes(7);
  const [wGroup, wDepth, wRow, wTap, w, bias, result] = fn.wholes(7);
  const sums = fn.vectors(8);
  const gs = fn.vectors(4);
  const weight = fn.vector();

  const meeting = ({ stride, dilation }: Axis): Meeting => {
    const shared = divisor(stride, dilation);
    return {
      first: fn.whole(),
      end: fn.whole(),
      output: fn.whole(),
      step: stride / shared,
      outputStep: dilation / shared,
    };
  };
  const [z, r, c] = [meeting(depth), meeting(height), meeting(width)];

  /** Tap t meets output (position + before - t * dilation) / stride, where that is whole and exists. */
  const setMeeting = ({ first, end: last, output }: Meeting, axis: Axis, position: I32): Statement => {
    const { stride, dilation, before, kernel, output: outputs } = axis;
    const reach = sub(add(position, before), mul(first, dilation));
    const misses = or(isNotZero(rem(reach, stride)), less((outputs - 1) * stride, reach));
    return block(
      set(first, add(0)),
      when(misses, repeatWhile(set(first, add(first, 1)), and(less(first, kernel), misses))),
      set(last, min(kernel, div(add(position, before + dilation), dilation))),
      set(output, div(reach, stride)),
    );
  };

  const step = (count: number, vectors: number): Statement => {
    const statements: Statement[] = [];
    for (let v = 0; v < vectors; v++) statements.push(set(gs[v]!, load(g, v * VECTOR)));
    for (let q = 0; q < count; q++) {
      statements.push(set(weight, loadSplat(w, q * filters * 4)));
      for (let v = 0; v < vectors; v++) {
        const sum = sums[q * vectors + v]!;
        statements.push(set(sum, multiplyAdd(arithmetic, gs[v]!, weight, sum)));
      }
    }
    return block(...statements, set(g, add(g, LANE_BYTES)), set(w, add(w, 4)));
  };

  const channelBlock = ({ first, count }: Run): Statement => {
    const vectors = vectorsFor(count);
    const inner = repeatWhile(step(count, vectors), less(g, gEnd));
    const line = each(
      k,
      c.first,
      c.end,
      c.step,
      block(
        set(g, gTap),
        set(gEnd, add(gTap, groupFilters * LANE_BYTES)),
        set(w, wTap),
        inner,
        set(gTap, sub(gTap, c.outputStep * outputBytes)),
        set(wTap, add(wTap, c.step * tapBytes)),
      ),
    );
    const rows = each(
      j,
      r.first,
      r.end,
      r.step,
      block(
        set(gTap, gRow),
        set(wTap, wRow),
        line,
        set(gRow, sub(gRow, r.outputStep * width.output * outputBytes)),
        set(wRow, add(wRow, r.step * width.kernel * tapBytes)),
      ),
    );
    const planes = each(
      i,
      z.first,
      z.end,
      z.step,
      block(
        set(gRow, gDepth),
        set(wRow, add(wDepth, mul(r.first, width.kernel * tapBytes))),
        rows,
        set(gDepth, sub(gDepth, z.outputStep * height.output * width.output * outputBytes)),
        set(wDepth, add(wDepth, z.step * height.kernel * width.kernel * tapBytes)),
      ),
    );
    const ends = {
      target: add(target, mul(first, LANE_BYTES), n),
      first,
      bias: spec.bias === 0 ? null : bias,
      accumulate: spec.accumulate,
      relu: spec.relu,
      mask: spec.mask === 0 ? null : spec.mask - spec.dx,
    };
    return each(
      n,
      0,
      nEnd,
      vectors * VECTOR,
      block(
        ...beginSums(sums, count, vectors, ends),
        set(gDepth, add(origin, n)),
        set(
          wDepth,
          add(
            wGroup,
            mul(first, filters * 4),
            mul(z.first, height.kernel * width.kernel * tapBytes),
            mul(c.first, tapBytes),
          ),
        ),
        planes,
        ...endSums(sums, count, vectors, ends),
      ),
    );
  };

  const blocks = eachFilterBlock(fn, channels, channelBlock);
  const start = block(
    set(target, result),
    set(wGroup, add(spec.kernel)),
    ...(spec.bias === 0 ? [] : [set(bias, add(spec.bias))]),
  );
  const allGroups =
    groups === 1
      ? block(start, blocks)
      : block(
          start,
          each(
            group,
            0,
            groups,
            1,
            block(
              blocks,
              set(origin, add(origin, groupFilters * LANE_BYTES)),
              set(wGroup, add(wGroup, groupFilters * 4)),
              set(target, add(target, channels * LANE_BYTES)),
              ...(spec.bias === 0 ? [] : [set(bias, add(bias, channels * 4))]),
            ),
          ),
        );
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      row,
      begin,
      end,
      1,
      block(
        setMeeting(z, depth, div(row, height.input)),
        setMeeting(r, height, rem(row, height.input)),
        set(result, add(arena, mul(row, width.input * allChannels * LANE_BYTES), spec.dx)),
        each(
          column,
          0,
          width.input,
          1,
          block(
            setMeeting(c, width, column),
            set(
              origin,
              add(
                arena,
                mul(
                  add(mul(add(mul(z.output, height.output), r.output), width.output), c.output),
                  outputBytes,
                ),
                spec.dy,
              ),
            ),
            allGroups,
            set(result, add(result, allChannels * LANE_BYTES)),
          ),
        ),
      ),
    ),
  );
  return fn;
}
