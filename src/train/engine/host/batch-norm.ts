import type { BatchMeanCall, BatchNormGradientCall, BatchScaleCall, MovingScaleCall } from "./host-call.ts";
import type { Tile } from "./tile.ts";

/** The sum that the channel-sums kernel left as two float64. */
function sumAt({ memory }: Tile, sums: number, channel: number): number {
  const at = (sums >> 3) + channel * 2;
  return memory.doubles[at]! + memory.doubles[at + 1]!;
}

export function runBatchMean(call: BatchMeanCall, tile: Tile, begin: number, end: number): void {
  const count = tile.batch * call.positions;
  for (let c = begin; c < end; c++)
    tile.memory.floats[(call.mean >> 2) + c] = sumAt(tile, call.sums, c) / count;
}

export function runBatchScale(call: BatchScaleCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const count = tile.batch * call.positions;
  const average = (address: number, c: number, now: number): void => {
    const at = (address >> 2) + c;
    floats[at] = floats[at]! * call.momentum + now * (1 - call.momentum);
  };
  for (let c = begin; c < end; c++) {
    const variance = sumAt(tile, call.sums, c) / count;
    writeScale(call, tile, c, variance);
    average(call.movingMean, c, floats[(call.mean >> 2) + c]!);
    average(call.movingVariance, c, variance);
  }
}

export function runMovingScale(call: MovingScaleCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  for (let c = begin; c < end; c++) {
    floats[(call.mean >> 2) + c] = floats[(call.movingMean >> 2) + c]!;
    writeScale(call, tile, c, floats[(call.movingVariance >> 2) + c]!);
  }
}

function writeScale(
  call: MovingScaleCall | BatchScaleCall,
  { memory }: Tile,
  c: number,
  variance: number,
): void {
  const { floats } = memory;
  const inverse = 1 / Math.sqrt(variance + call.epsilon);
  floats[(call.inverse >> 2) + c] = inverse;
  floats[(call.scale >> 2) + c] = inverse * (call.gamma === 0 ? 1 : floats[(call.gamma >> 2) + c]!);
  floats[(call.shift >> 2) + c] = call.beta === 0 ? 0 : floats[(call.beta >> 2) + c]!;
}

export function runBatchNormGradient(
  call: BatchNormGradientCall,
  tile: Tile,
  begin: number,
  end: number,
): void {
  const { floats } = tile.memory;
  const count = tile.batch * call.positions;
  for (let c = begin; c < end; c++) {
    const inverse = floats[(call.inverse >> 2) + c]!;
    const slope = sumAt(tile, call.sums, c);
    const deviation = sumAt(tile, call.products, c);
    if (call.beta !== 0) floats[(call.beta >> 2) + c] = slope;
    if (call.gamma !== 0) floats[(call.gamma >> 2) + c] = deviation * inverse;
    floats[(call.meanSlope >> 2) + c] = slope / count;
    floats[(call.deviationSlope >> 2) + c] = (deviation / count) * inverse * inverse;
  }
}
