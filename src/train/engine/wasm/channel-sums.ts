import { KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, VECTOR } from "./blocks.ts";
import {
  add,
  addDouble,
  addF,
  andV,
  block,
  each,
  isZero,
  load,
  loadSplat,
  mul,
  promoteLow,
  set,
  shiftLeft,
  shuffle,
  store,
  type V128,
  when,
  zero,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** Sums over positions and samples, one per channel: the statistics of batch normalization. */
export interface ChannelSumsSpec {
  readonly positions: number;
  readonly channels: number;
  /** Addresses (in the arena) of the values it reads. */
  readonly inputs: readonly number[];
  /** Addresses of arrays with one float32 per channel. */
  readonly channelArrays: readonly number[];
  /** Address (in the arena) of ones and zeros as bits: which samples of the tile count. */
  readonly lanes: number;
  /** Address of the sums: two float64 per channel, to be added up. Set when `extra` is 0, else added to. */
  readonly target: number;
  /** What is summed, from the vectors of `inputs`, then `channelArrays`. */
  readonly value: (...vectors: readonly V128[]) => V128;
}

const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/** Units are channels. The samples of a position are added in float32, positions in float64. */
export function emitChannelSums(name: string, spec: ChannelSumsSpec): FunctionBuilder {
  const { positions, channels, inputs, channelArrays } = spec;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena, extra } = kernelParameters(fn);
  const [channel, position, n, nEnd, start, at, lane, store16] = fn.wholes(8);
  const perChannel = channelArrays.map(() => fn.vector());
  const [sum, total] = fn.vectors(2);
  const read = inputs.map((address) => load(add(at, address)));
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      channel,
      begin,
      end,
      1,
      block(
        ...channelArrays.map((address, i) =>
          set(perChannel[i]!, loadSplat(add(shiftLeft(channel, 2), address))),
        ),
        set(store16, add(mul(channel, VECTOR), spec.target)),
        when(isZero(extra), set(total, zero), set(total, load(store16))),
        set(start, add(arena, mul(channel, LANE_BYTES))),
        each(
          position,
          0,
          positions,
          1,
          block(
            set(sum, zero),
            each(
              n,
              0,
              nEnd,
              VECTOR,
              block(
                set(at, add(start, n)),
                set(lane, add(arena, n)),
                set(sum, addF(sum, andV(spec.value(...read, ...perChannel), load(add(lane, spec.lanes))))),
              ),
            ),
            set(total, addDouble(total, promoteLow(addF(sum, shuffle(sum, sum, UPPER_HALF))))),
            set(start, add(start, channels * LANE_BYTES)),
          ),
        ),
        store(store16, total),
      ),
    ),
  );
  return fn;
}
