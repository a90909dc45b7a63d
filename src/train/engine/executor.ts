import { runHostCall } from "./host/run-host-call.ts";
import { LANE, type Memory, type Tile, viewMemory } from "./host/tile.ts";
import { PASS_KINDS, type PassKind, type Phase, type Plan, type Stage } from "./plan.ts";
import { Team } from "./team.ts";

/** One pass over a batch. */
export interface Pass {
  readonly kind: PassKind;
  readonly samples: number;
  /** Updates made before it. */
  readonly step: number;
  readonly seed: number;
}

/** A kernel as WebAssembly exports it. */
type Kernel = (begin: number, end: number, samples: number, arena: number, extra: number) => void;

/** What one thread needs to take part; can be sent to it. */
export interface ExecutorSetup {
  readonly plan: Plan;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly threads: number;
}

/** Hears how long a phase took, all threads' parts together; for measurements. */
export type Profile = (phase: Phase, milliseconds: number) => void;

const BEFORE_TILES: readonly Stage[] = ["prepare"];
const TILES: readonly Stage[] = ["forward", "loss", "backward"];
const AFTER_TILES: readonly Stage[] = ["reduce", "update"];

/**
 * Runs the phases of a plan as one of several threads. Every thread goes through the same phases; within a phase
 * ranges of units are handed out by a counter in shared memory, and a barrier waits until all are done. Who does
 * what changes no result. Knows no platform.
 */
export class Executor {
  readonly memory: Memory;
  readonly team: Team;
  readonly #plan: Plan;
  readonly #kernels: Readonly<Record<string, Kernel>>;
  readonly #stages: ReadonlyMap<PassKind, ReadonlyMap<readonly Stage[], readonly Phase[]>>;
  #profile: Profile | null = null;

  constructor(setup: ExecutorSetup) {
    const { plan, memory, module, threads } = setup;
    this.#plan = plan;
    this.memory = viewMemory(memory.buffer);
    this.team = new Team(this.memory.words, plan.addresses.control, threads);
    this.#kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, Kernel>;
    this.#stages = new Map(
      PASS_KINDS.map((kind) => {
        const used = plan.phases.filter(({ passes }) => passes.includes(kind));
        const inOrder = (stages: readonly Stage[]): Phase[] =>
          stages.flatMap((stage) => used.filter((phase) => phase.stage === stage));
        return [kind, new Map([BEFORE_TILES, TILES, AFTER_TILES].map((stages) => [stages, inOrder(stages)]))];
      }),
    );
  }

  set profile(profile: Profile | null) {
    this.#profile = profile;
  }

  /** Takes part in a pass; returns when all threads are done with it. */
  run(pass: Pass): void {
    const stages = this.#stages.get(pass.kind)!;
    const tiles = Array.from({ length: Math.ceil(pass.samples / LANE) }, (_, index) =>
      this.#tile(pass, index),
    );
    const batch = tiles.slice(0, 1);
    this.#runAll(stages.get(BEFORE_TILES)!, batch);
    const phases = stages.get(TILES)!;
    if (this.#plan.resident) this.#runAll(phases, tiles);
    else for (const tile of tiles) this.#runAll(phases, [tile]);
    this.#runAll(stages.get(AFTER_TILES)!, batch);
  }

  #tile({ kind, samples, step, seed }: Pass, index: number): Tile {
    const own = Math.min(LANE, samples - index * LANE);
    const { address, stride } = this.#plan.arena;
    return {
      plan: this.#plan,
      memory: this.memory,
      index,
      arena: address + index * stride,
      samples: own,
      padded: Math.ceil(own / 16) * 16,
      batch: samples,
      training: kind === "train",
      seed,
      step,
    };
  }

  /** Phase by phase, each over all the given tiles. */
  #runAll(phases: readonly Phase[], tiles: readonly Tile[]): void {
    for (const [i, phase] of phases.entries()) {
      const last = i === phases.length - 1 || phases[i + 1]!.stage !== phase.stage;
      const start = this.#profile ? performance.now() : 0;
      const used = phase.once ? tiles.filter(({ index }) => index === 0) : tiles;
      if (used.length > 0) this.#runPhase(phase, used);
      this.team.next(phase.barrier || last);
      this.#profile?.(phase, performance.now() - start);
    }
  }

  #runPhase(phase: Phase, tiles: readonly Tile[]): void {
    const { work, units } = phase;
    const sharded = work.kind === "kernel" && work.extra.kind === "shard";
    const pieces = sharded ? phase.pieces : this.team.threads === 1 ? 1 : Math.min(units, phase.pieces);
    for (let piece = this.team.take(pieces); piece < pieces; piece = this.team.take(pieces)) {
      const begin = Math.floor((units * piece) / pieces);
      const end = Math.floor((units * (piece + 1)) / pieces);
      for (const tile of tiles) this.#runPiece(phase, tile, piece, begin, end);
    }
  }

  #runPiece({ work }: Phase, tile: Tile, piece: number, begin: number, end: number): void {
    if (work.kind === "host") {
      runHostCall(work.call, tile, begin, end);
      return;
    }
    if (work.kind === "kernel") {
      const run = this.#kernels[work.kernel]!;
      run(begin, end, tile.padded, tile.arena, this.#extra(work.extra, tile, piece));
      return;
    }
    for (let row = begin; row < end; row++) {
      for (const { kernel, stride, count, extra } of work.links) {
        const first = row * stride;
        this.#kernels[kernel]!(
          first,
          first + count,
          tile.padded,
          tile.arena,
          this.#extra(extra, tile, piece),
        );
      }
    }
  }

  #extra(extra: (Phase["work"] & { kind: "kernel" })["extra"], tile: Tile, piece: number): number {
    if (extra.kind === "samples") return this.#samplesOf(extra.input, tile);
    if (extra.kind === "later") return tile.index === 0 ? 0 : 1;
    if (extra.kind === "none") return 0;
    const address = extra.address + piece * extra.bytes;
    // Sums begin with the first tile and go on with the others.
    if (tile.index === 0) this.memory.floats.fill(0, address >> 2, (address + extra.bytes) >> 2);
    return address;
  }

  #samplesOf(input: number, tile: Tile): number {
    return this.#plan.inputs[input]!.table + tile.index * LANE * 4;
  }
}
