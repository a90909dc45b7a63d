import { rowLoss } from "../../losses.ts";
import { addPenaltySlope, clipGradients, constrain } from "../reference/update.ts";
import type { ClipCall, ConstrainCall, LossCall, PenaltyCall } from "./host-call.ts";
import { at, LANE, type Tile } from "./tile.ts";

/** Losses of the tile's samples, summed per row in float64; gradients of samples that do not exist are zero. */
export function runLoss(call: LossCall, tile: Tile, begin: number, end: number): void {
  const { plan, memory } = tile;
  const { floats } = memory;
  const { channels, rows } = call;
  const { evaluate, targetSize } = rowLoss(call.spec, channels);
  const target = new Float64Array(targetSize);
  const output = new Float64Array(channels);
  const gradient = new Float64Array(channels);
  for (let row = begin; row < end; row++) {
    const values = at(tile, call.values) + row * channels * LANE;
    const slopes = at(tile, call.gradient) + row * channels * LANE;
    let sum = 0;
    for (let n = 0; n < tile.samples; n++) {
      const sample = tile.index * LANE + n;
      const weight = floats[(plan.addresses.sampleWeights >> 2) + sample]!;
      const from = (plan.addresses.targets >> 2) + (sample * rows + row) * targetSize;
      for (let t = 0; t < targetSize; t++) target[t] = floats[from + t]!;
      for (let c = 0; c < channels; c++) output[c] = floats[values + c * LANE + n]!;
      sum += weight * evaluate(target, output, gradient);
      if (call.gradient === 0 || !tile.training) continue;
      const share = weight / (tile.batch * rows);
      for (let c = 0; c < channels; c++) floats[slopes + c * LANE + n] = gradient[c]! * share;
    }
    memory.doubles[(plan.addresses.rowLosses >> 3) + tile.index * rows + row] = sum;
    if (call.gradient === 0 || !tile.training) continue;
    for (let c = 0; c < channels; c++) {
      floats.fill(0, slopes + c * LANE + tile.samples, slopes + c * LANE + tile.padded);
    }
  }
}

const view = ({ memory }: Tile, address: number, shape: readonly number[]): Float32Array<ArrayBufferLike> =>
  memory.floats.subarray(address >> 2, (address >> 2) + shape.reduce((size, extent) => size * extent, 1));

export function runPenalty(call: PenaltyCall, tile: Tile): void {
  for (const { weights, gradient, shape, rule, reached } of call.parameters) {
    // Last step's penalty is still there.
    if (!reached) view(tile, gradient, shape).fill(0);
    addPenaltySlope(rule, view(tile, weights, shape), view(tile, gradient, shape));
  }
}

export function runClip(call: ClipCall, tile: Tile): void {
  clipGradients(
    call.optimizer,
    call.parameters.map(({ gradient, shape }) => view(tile, gradient, shape)),
  );
}

export function runConstrain(call: ConstrainCall, tile: Tile): void {
  for (const { weights, shape, rule } of call.parameters) constrain(rule, shape, view(tile, weights, shape));
}
