import { FILTER_BLOCK } from "../wasm/blocks.ts";
import type {
  ClearCall,
  CollectCall,
  LanesCall,
  MoveCall,
  MoveGradientCall,
  PackKernelCall,
  PackSamplesCall,
  TransposeCall,
} from "./host-call.ts";
import { at, LANE, type Tile } from "./tile.ts";

export function runPackSamples(call: PackSamplesCall, tile: Tile, begin: number, end: number): void {
  const { plan, memory } = tile;
  const { table } = plan.inputs[call.input]!;
  for (let n = 0; n < tile.padded; n++) {
    const source = memory.words[(table >> 2) + tile.index * LANE + n]!;
    for (let i = begin; i < end; i++) {
      if (call.bytes) memory.bytes[call.target + tile.arena + i * LANE + n] = memory.bytes[source + i]!;
      else memory.floats[at(tile, call.target) + i * LANE + n] = memory.floats[(source >> 2) + i]!;
    }
  }
}

/** How many blocks `PackKernelCall` has for one group of `filters`. */
export const blocksOf = (filters: number): number => Math.ceil(filters / FILTER_BLOCK);

export function runPackKernel(call: PackKernelCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const { taps, channels, filters, groups, flip, scale } = call;
  const groupFilters = filters / groups;
  const [ins, outs] = flip ? [groupFilters, channels] : [channels, groupFilters];
  const source = call.source >> 2;
  for (let unit = begin; unit < end; unit++) {
    const group = Math.floor(unit / blocksOf(outs));
    const first = (unit % blocksOf(outs)) * FILTER_BLOCK;
    const count = Math.min(FILTER_BLOCK, outs - first);
    let to = (call.target >> 2) + group * taps * ins * outs + first * taps * ins;
    for (let tap = 0; tap < taps; tap++) {
      const from = flip ? taps - 1 - tap : tap;
      for (let i = 0; i < ins; i++) {
        for (let o = first; o < first + count; o++) {
          const [c, f] = flip ? [o, i] : [i, o];
          floats[to++] = floats[source + (from * channels + c) * filters + group * groupFilters + f]! * scale;
        }
      }
    }
  }
}

export function runTranspose(call: TransposeCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  for (let o = begin; o < end; o++) {
    const from = at(tile, call.dy) + o * LANE;
    let to = at(tile, call.target) + o;
    let sum = 0;
    for (let n = 0; n < tile.padded; n++, to += call.stride) {
      const value = floats[from + n]!;
      floats[to] = value;
      sum += value;
    }
    if (call.bias === 0) continue;
    const bias = (call.bias >> 2) + o;
    floats[bias] = tile.index === 0 ? sum : floats[bias]! + sum;
  }
}

export function runMove(call: MoveCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const [x, y] = [at(tile, call.x), at(tile, call.y)];
  for (let run = begin * 3; run < end * 3; run += 3) {
    const from = x + call.runs[run]! * LANE;
    floats.copyWithin(y + call.runs[run + 1]! * LANE, from, from + call.runs[run + 2]! * LANE);
  }
}

export function runMoveGradient(call: MoveGradientCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const [dy, dx] = [at(tile, call.dy), at(tile, call.dx)];
  for (let run = 0; run < call.runs.length; run += 3) {
    const to = dx + call.runs[run]! * LANE;
    const from = dy + call.runs[run + 1]! * LANE;
    const last = Math.min(end, call.runs[run + 2]!) * LANE;
    for (let i = begin * LANE; i < last; i++) floats[to + i] = floats[to + i]! + floats[from + i]!;
  }
}

export function runClear(call: ClearCall, tile: Tile, begin: number, end: number): void {
  const target = at(tile, call.target);
  tile.memory.floats.fill(0, target + begin * LANE, target + end * LANE);
}

export function runLanes(call: LanesCall, tile: Tile): void {
  const target = at(tile, call.target);
  tile.memory.words.fill(-1, target, target + tile.samples);
  tile.memory.words.fill(0, target + tile.samples, target + LANE);
}

export function runCollect(call: CollectCall, tile: Tile, begin: number, end: number): void {
  const { plan, memory } = tile;
  const target = (plan.addresses.predictions >> 2) + tile.index * LANE * plan.outputSize;
  const from = at(tile, call.values);
  for (let unit = begin; unit < end; unit++) {
    for (let n = 0; n < tile.samples; n++) {
      memory.floats[target + n * plan.outputSize + unit] = memory.floats[from + unit * LANE + n]!;
    }
  }
}
