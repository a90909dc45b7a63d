import { activations } from "../activation.ts";
import { dropoutBase, dropoutUniform } from "../dropout.ts";
import { exp } from "../math.ts";
import type {
  ActivationCall,
  ActivationGradientCall,
  DropoutCall,
  SoftmaxCall,
  SoftmaxGradientCall,
} from "./host-call.ts";
import { at, LANE, type Tile } from "./tile.ts";

export function runActivation(call: ActivationCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const { value } = activations[call.function];
  const [x, y] = [at(tile, call.x), at(tile, call.y)];
  for (let lane = begin * LANE; lane < end * LANE; lane += LANE) {
    for (let i = lane; i < lane + tile.padded; i++) floats[y + i] = value(floats[x + i]!, call.alpha);
  }
}

export function runActivationGradient(
  call: ActivationGradientCall,
  tile: Tile,
  begin: number,
  end: number,
): void {
  const { floats } = tile.memory;
  const { slope } = activations[call.function];
  const [x, y, dy, dx] = [at(tile, call.x), at(tile, call.y), at(tile, call.dy), at(tile, call.dx)];
  for (let lane = begin * LANE; lane < end * LANE; lane += LANE) {
    for (let i = lane; i < lane + tile.padded; i++) {
      const found = floats[dy + i]! * slope(floats[x + i]!, floats[y + i]!, call.alpha);
      floats[dx + i] = call.accumulate ? floats[dx + i]! + found : found;
    }
  }
}

export function runSoftmax(call: SoftmaxCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const width = call.channels * LANE;
  for (let position = begin; position < end; position++) {
    for (let n = 0; n < tile.padded; n++) {
      const x = at(tile, call.x) + position * width + n;
      const y = at(tile, call.y) + position * width + n;
      let top = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < width; c += LANE) top = Math.max(top, floats[x + c]!);
      let sum = 0;
      for (let c = 0; c < width; c += LANE) sum += exp(floats[x + c]! - top);
      for (let c = 0; c < width; c += LANE) floats[y + c] = exp(floats[x + c]! - top) / sum;
    }
  }
}

export function runSoftmaxGradient(call: SoftmaxGradientCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const width = call.channels * LANE;
  for (let position = begin; position < end; position++) {
    for (let n = 0; n < tile.padded; n++) {
      const y = at(tile, call.y) + position * width + n;
      const dy = at(tile, call.dy) + position * width + n;
      const dx = at(tile, call.dx) + position * width + n;
      let shared = 0;
      for (let c = 0; c < width; c += LANE) shared += floats[dy + c]! * floats[y + c]!;
      for (let c = 0; c < width; c += LANE) {
        const found = floats[y + c]! * (floats[dy + c]! - shared);
        floats[dx + c] = call.accumulate ? floats[dx + c]! + found : found;
      }
    }
  }
}

export function runDropout(call: DropoutCall, tile: Tile, begin: number, end: number): void {
  const { floats } = tile.memory;
  const [from, to] = [at(tile, call.from), at(tile, call.to)];
  const kept = 1 / (1 - call.rate);
  for (let n = 0; n < tile.padded; n++) {
    const base = dropoutBase(tile.seed, tile.step, call.node, tile.index * LANE + n);
    for (let lane = begin; lane < end; lane++) {
      const element = call.channels > 0 ? lane % call.channels : lane;
      const i = lane * LANE + n;
      const found = dropoutUniform(base, element) < call.rate ? 0 : floats[from + i]! * kept;
      floats[to + i] = call.accumulate ? floats[to + i]! + found : found;
    }
  }
}
