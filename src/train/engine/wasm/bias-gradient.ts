import { eachFilterBlock, KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, VECTOR } from "./blocks.ts";
import { add, addF, block, each, load, mul, set, shiftLeft, store } from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** Sums of a gradient `[position][channel][sample]` by channel. */
export interface BiasGradientSpec {
  readonly channels: number;
  readonly dy: number;
}

/** Units are positions. Adds to the accumulators at `extra`, one vector per channel. */
export function emitBiasGradient(name: string, { channels, dy }: BiasGradientSpec): FunctionBuilder {
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena, extra } = kernelParameters(fn);
  const [position, n, nEnd, at, g] = fn.wholes(5);
  const sums = fn.vectors(4);
  const body = eachFilterBlock(fn, channels, ({ first, count }) => {
    const all = Array.from({ length: count }, (_, c) => c);
    const target = add(extra, mul(first, VECTOR));
    return block(
      ...all.map((c) => set(sums[c]!, load(target, c * VECTOR))),
      set(g, add(at, mul(first, LANE_BYTES))),
      each(
        n,
        0,
        nEnd,
        VECTOR,
        block(...all.map((c) => set(sums[c]!, addF(sums[c]!, load(add(g, n), c * LANE_BYTES))))),
      ),
      ...all.map((c) => store(target, sums[c]!, c * VECTOR)),
    );
  });
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    each(position, begin, end, 1, block(set(at, add(arena, mul(position, channels * LANE_BYTES), dy)), body)),
  );
  return fn;
}
