import { KERNEL_PARAMETERS, kernelParameters } from "./blocks.ts";
import {
  add,
  addF,
  addF32,
  block,
  each,
  floats,
  laneF,
  load,
  mulF,
  set,
  shiftLeft,
  storeF32,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** Sums of vectors into single numbers. */
export interface ReduceSpec {
  /** Address of the first shard's vectors. */
  readonly vectors: number;
  readonly shards: number;
  /** Bytes from one shard to the next. */
  readonly shardBytes: number;
  /** Address of the results, one float32 per vector of a shard. */
  readonly target: number;
  readonly scale: number;
}

/** Units are results. Shards and lanes are added in a fixed order, so threads cannot change a bit. */
export function emitReduce(name: string, spec: ReduceSpec): FunctionBuilder {
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end } = kernelParameters(fn);
  const i = fn.whole();
  const sum = fn.vector();
  const source = add(shiftLeft(i, 4), spec.vectors);
  const shards = Array.from({ length: spec.shards - 1 }, (_, s) =>
    set(sum, addF(sum, load(add(source, (s + 1) * spec.shardBytes)))),
  );
  fn.body = each(
    i,
    begin,
    end,
    1,
    block(
      set(sum, load(source)),
      ...shards,
      ...(spec.scale === 1 ? [] : [set(sum, mulF(sum, floats(spec.scale)))]),
      storeF32(
        add(shiftLeft(i, 2), spec.target),
        addF32(addF32(laneF(sum, 0), laneF(sum, 1)), addF32(laneF(sum, 2), laneF(sum, 3))),
      ),
    ),
  );
  return fn;
}
