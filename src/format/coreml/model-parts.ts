import type { Budget } from "../../budget.ts";
import type { ProtoReader } from "../../codec/proto-reader.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Source } from "../../source/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What reading a Core ML model needs. */
export interface CoremlState {
  readonly source: Source;
  readonly reader: ProtoReader;
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
  /** What is found, in the order of execution. */
  readonly facts: LayerFacts[];
  readonly tensors: Tensor[];
  /** Why tensors are no kernels, by name. */
  readonly reasons: Map<string, string>;
  readonly notes: Set<string>;
  /** Names of tensors that are taken. */
  readonly taken: Set<string>;
}

/** A name that no tensor has yet: `name`, or with a number. */
export function freeName({ taken }: CoremlState, name: string): string {
  let own = name;
  for (let copy = 2; taken.has(own); copy++) own = `${name}#${copy}`;
  taken.add(own);
  return own;
}
