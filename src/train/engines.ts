import { ReadError } from "../errors.ts";
import type { Compiled } from "./compile.ts";
import { createEngine } from "./engine/create-engine.ts";
import type { Engine } from "./engine/engine.ts";
import type { Graph } from "./engine/graph.ts";
import { withByteInputs } from "./lower.ts";
import type { BuildOptions } from "./network.ts";

/** Which engine of a network is meant. */
export interface EngineKey {
  /** Bytes stay bytes until they are used; each is worth 1/255. */
  readonly dtype: "uint8" | "float32";
  readonly batchSize: number;
}

/**
 * The engine behind one network. Engines are made for a dtype and a batch size, so the network keeps at most one
 * and moves weights and optimizer state when another is wanted.
 */
export interface Engines {
  /** Forgets the optimizer's state: the next engine begins anew. */
  compile(compiled: Compiled): void;
  get(key: EngineKey): Promise<Engine>;
  /** The engine's weights into the network's map. */
  gather(): void;
  /** The network's map into the engine. */
  scatter(): void;
  close(): void;
}

/** The keeper of a network's engine over `weights`, which it reads and writes. */
export function createEngines(
  graph: Graph,
  weights: Map<string, Float32Array<ArrayBuffer>>,
  { threads = 1, spawn, seed = 0, arithmetic = "portable" }: BuildOptions,
): Engines {
  let compiled: Compiled | null = null;
  let current: { readonly key: EngineKey; readonly engine: Engine } | null = null;

  const gather = (): void => {
    current?.engine.readWeights(weights);
  };
  const close = (): void => {
    gather();
    current?.engine.close();
    current = null;
  };
  return {
    compile(next) {
      close();
      compiled = next;
    },
    async get(key) {
      if (!(Number.isSafeInteger(key.batchSize) && key.batchSize >= 1)) {
        throw new ReadError(
          "bad-option",
          `The batch size is ${key.batchSize}; expected a whole number of at least 1.`,
        );
      }
      if (current !== null && current.key.dtype === key.dtype && current.key.batchSize >= key.batchSize) {
        return current.engine;
      }
      const state = current?.engine.state();
      close();
      const engine = await createEngine(key.dtype === "uint8" ? withByteInputs(graph) : graph, {
        batchSize: key.batchSize,
        threads,
        seed,
        arithmetic,
        ...(spawn === undefined ? {} : { spawn }),
        ...(compiled === null ? {} : { loss: compiled.loss, optimizer: compiled.optimizer.spec }),
      });
      engine.setWeights(weights);
      if (state !== undefined && compiled !== null) engine.restore(state);
      current = { key, engine };
      return engine;
    },
    gather,
    scatter: () => current?.engine.setWeights(weights),
    close,
  };
}
