import { KERNEL_PARAMETERS, kernelParameters, LANE_BYTES, TILE, VECTOR } from "./blocks.ts";
import {
  add,
  addF,
  block,
  each,
  floats,
  type Local,
  load,
  load8x8,
  loadSplat,
  mul,
  mulF,
  pseudoMax,
  rem,
  type Statement,
  set,
  shiftLeft,
  shiftRight,
  store,
  toFloat,
  type V128,
  widenHigh,
  widenLow,
  zero,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** One function of the numbers at the same place of several values. */
export interface PointwiseSpec {
  /** Addresses (in the arena) of the values it reads. */
  readonly inputs: readonly number[];
  /** Addresses of arrays with one float32 per channel, and how many channels there are. */
  readonly channelArrays?: readonly number[];
  readonly channels?: number;
  /** Address of an array with one vector lane per sample of the tile (in the arena), read like an input. */
  readonly lanes?: number;
  readonly target: number;
  readonly accumulate: boolean;
  /** Cuts results below zero. */
  readonly relu?: boolean;
  /** From the vectors of `inputs`, then `channelArrays`, then `lanes`, to the result. */
  readonly value: (...vectors: readonly V128[]) => V128;
}

/** Units are channels at positions: one lane of samples each. */
export function emitPointwise(name: string, spec: PointwiseSpec): FunctionBuilder {
  const { inputs, channelArrays = [], channels = 1, lanes, target, accumulate, value } = spec;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [unit, n, nEnd, at, channel, lane] = fn.wholes(6);
  const perChannel = channelArrays.map(() => fn.vector());
  const read: Local<"v128">[] = inputs.map(() => fn.vector());
  const loads = inputs.map((address, i) => set(read[i]!, load(add(at, address))));
  const vectors: V128[] = [...read, ...perChannel, ...(lanes === undefined ? [] : [load(add(lane, lanes))])];
  const result = spec.relu ? pseudoMax(value(...vectors), zero) : value(...vectors);
  const place = add(at, target);
  const body: Statement = block(
    set(at, add(arena, mul(unit, LANE_BYTES), n)),
    ...(lanes === undefined ? [] : [set(lane, add(arena, n))]),
    ...loads,
    store(place, accumulate ? addF(load(place), result) : result),
  );
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      unit,
      begin,
      end,
      1,
      block(
        ...(channelArrays.length === 0 ? [] : [set(channel, shiftLeft(rem(unit, channels), 2))]),
        ...channelArrays.map((address, i) => set(perChannel[i]!, loadSplat(add(channel, address)))),
        each(n, 0, nEnd, VECTOR, body),
      ),
    ),
  );
  return fn;
}

/** Bytes `[position][channel][sample]` times `scale` as float32 in the same order. Units are lanes. */
export function emitUnpackBytes(
  name: string,
  source: number,
  target: number,
  scale: number,
): FunctionBuilder {
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena } = kernelParameters(fn);
  const [unit, n, nEnd, to] = fn.wholes(4);
  const wide = fn.vector();
  const factor = floats(scale);
  fn.body = block(
    set(nEnd, shiftLeft(samples, 2)),
    each(
      unit,
      begin,
      end,
      1,
      each(
        n,
        0,
        nEnd,
        2 * VECTOR,
        block(
          set(wide, load8x8(add(arena, mul(unit, TILE), shiftRight(n, 2)), source)),
          set(to, add(arena, mul(unit, LANE_BYTES), n)),
          store(to, mulF(toFloat(widenLow(wide)), factor), target),
          store(to, mulF(toFloat(widenHigh(wide)), factor), target + VECTOR),
        ),
      ),
    ),
  );
  return fn;
}
