import type { Plan } from "../plan.ts";

/** The engine's memory under its three readings. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
  readonly bytes: Uint8Array<ArrayBufferLike>;
  readonly words: Int32Array<ArrayBufferLike>;
  readonly floats: Float32Array<ArrayBufferLike>;
  readonly doubles: Float64Array<ArrayBufferLike>;
}

export function viewMemory(buffer: ArrayBufferLike): Memory {
  return {
    buffer,
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    floats: new Float32Array(buffer),
    doubles: new Float64Array(buffer),
  };
}

/** The tile that a piece of work is about, and the pass it belongs to. */
export interface Tile {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly index: number;
  /** Address where its values begin. */
  readonly arena: number;
  /** Samples in it, at most 32. */
  readonly samples: number;
  /** The same rounded up to a multiple of 16: what kernels run over. */
  readonly padded: number;
  /** Samples of the whole batch. */
  readonly batch: number;
  readonly training: boolean;
  readonly seed: number;
  /** Updates made before this pass. */
  readonly step: number;
}

/** Samples of a tile, and so floats of a lane. */
export const LANE = 32;

/** Index into `floats` of a value of this tile. */
export const at = (tile: Tile, address: number): number => (address + tile.arena) >> 2;
