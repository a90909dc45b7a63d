import type { OptimizerSpec } from "../optimizers.ts";
import type { HostCall } from "./host/host-call.ts";

/**
 * Memory map and phases of one graph: plain data that can be printed, tested and sent to another thread.
 *
 * A batch is a sequence of tiles of 32 samples. Values are `[position][channel][sample of the tile]`. When a batch
 * normalization needs the whole batch, every tile has its own memory (`resident`) and each phase runs over all tiles
 * before the next; else tiles go through all phases one after the other in the same memory, and memory and kernels
 * do not depend on the batch size.
 */
export interface Plan {
  readonly batchSize: number;
  readonly tiles: number;
  readonly resident: boolean;
  readonly memoryBytes: number;
  /** In order of address. */
  readonly regions: readonly Region[];
  /** What lies in one tile's memory, by relative address. */
  readonly tileRegions: readonly Region[];
  /** Where the tiles' values lie, and how far apart two tiles are (0 when they share their memory). */
  readonly arena: { readonly address: number; readonly stride: number };
  readonly inputs: readonly InputPlan[];
  /** Of what is given and taken with every batch; see the regions' names. */
  readonly addresses: {
    readonly control: number;
    readonly targets: number;
    readonly sampleWeights: number;
    readonly rowLosses: number;
    readonly predictions: number;
    readonly stepNumbers: number;
  };
  readonly parameters: readonly ParameterPlan[];
  /** Addresses of the trained parameters' weights, gradients and slots: runs of `bytes` in one order. */
  readonly trained: {
    readonly weights: number;
    readonly bytes: number;
    readonly gradients: number;
    readonly slots: readonly (readonly [slot: string, address: number])[];
  };
  readonly optimizer: OptimizerSpec | null;
  readonly outputSize: number;
  readonly loss: { readonly rows: number; readonly targetSize: number } | null;
  readonly phases: readonly Phase[];
}

/** A named stretch of memory. */
export interface Region {
  readonly name: string;
  readonly address: number;
  readonly bytes: number;
}

/** Where the samples of one input are put. */
export interface InputPlan {
  readonly name: string;
  /** Numbers in one sample. */
  readonly size: number;
  readonly bytes: boolean;
  /** Address of the batch, sample after sample. */
  readonly stage: number;
  /** Address of the table of sample addresses. */
  readonly table: number;
}

/** How a parameter lies in memory. */
export interface ParameterPlan {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly address: number;
  /** The part of each axis that is kept; the rest can never change and stays outside. */
  readonly window: readonly (readonly [from: number, to: number])[];
  /** Floats from one run of the last axis to the next. */
  readonly rowStride: number;
  /** Floats in all. */
  readonly length: number;
}

export type Stage = "prepare" | "forward" | "loss" | "backward" | "reduce" | "update";

/** What a pass over a batch is for. */
export type PassKind = "train" | "evaluate" | "predict";

/** All of them, in the order that stands for them between threads. */
export const PASS_KINDS: readonly PassKind[] = ["train", "evaluate", "predict"];

/** A piece of work that any number of threads share; a barrier follows unless it says otherwise. */
export interface Phase {
  readonly label: string;
  readonly stage: Stage;
  readonly passes: readonly PassKind[];
  readonly work: Work;
  /** Units of work; threads take ranges of them. */
  readonly units: number;
  /** Ranges it is cut into when there is more than one thread. */
  readonly pieces: number;
  /** Done for the batch as a whole instead of for each tile. */
  readonly once: boolean;
  /** False when the next phase neither reads nor writes what this one writes. */
  readonly barrier: boolean;
}

export type Work =
  | { readonly kind: "kernel"; readonly kernel: string; readonly extra: Extra }
  /** For each unit all kernels in turn, while what one made is in the cache for the next. */
  | { readonly kind: "rows"; readonly links: readonly Link[] }
  | { readonly kind: "host"; readonly call: HostCall };

/** A kernel of several that work on one unit: on its own units from `stride * unit` on. */
export interface Link {
  readonly kernel: string;
  readonly stride: number;
  readonly count: number;
  readonly extra: Exclude<Extra, { readonly kind: "shard" }>;
}

/** A kernel's fifth argument. */
export type Extra =
  | { readonly kind: "none" }
  /** The table of sample addresses of an input. */
  | { readonly kind: "samples"; readonly input: number }
  /** 1 for every tile but the first. */
  | { readonly kind: "later" }
  /** The accumulators of a shard. The units are always cut into this many ranges, whatever the threads. */
  | { readonly kind: "shard"; readonly address: number; readonly bytes: number; readonly shards: number };

/** The plan in words: regions, then phases. */
export function describePlan(plan: Plan): string {
  const row = ({ name, address, bytes }: Region): string =>
    `  ${String(address).padStart(10)}  ${megabytes(bytes).padStart(10)}  ${name}`;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
  const phases = plan.phases.map(({ stage, label, units, work }) => {
    const how = describeWork(work);
    return `  ${stage.padEnd(8)}  ${label.padEnd(40)}  ${String(units).padStart(7)} units  ${how}`;
  });
  return [
    `batch of ${plan.batchSize} in ${plan.tiles} tiles of 32, ${plan.resident ? "all in memory" : "one after the other"}, ${megabytes(plan.memoryBytes)}`,
    ...plan.regions.map(row),
    "in a tile",
    ...plan.tileRegions.map(row),
    "phases",
    ...phases,
    "",
  ].join("\n");
}

function describeWork(work: Work): string {
  if (work.kind === "host") return `host ${work.call.kind}`;
  if (work.kind === "kernel") return `kernel ${work.kernel}`;
  return `kernels ${work.links.map(({ kernel }) => kernel).join(", ")}`;
}
