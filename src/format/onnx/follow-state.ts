import type { Budget } from "../../budget.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import type { OnnxFunction } from "./messages.ts";
import type { ValueFiles } from "./onnx-tensor.ts";
import type { TensorNames } from "./tensor-names.ts";

/** What is known while the nodes of a model are gone through. */
export interface FollowState {
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly files: ValueFiles;
  readonly budget: Budget;
  readonly context: ReadContext;
  readonly names: TensorNames;
  readonly facts: LayerFacts[];
  readonly rejected: Map<string, string>;
  readonly missing: string[];
  /** Kernels by name: views of one tensor that differ are different kernels. */
  readonly kernels: Map<string, readonly unknown[]>;
  calls: number;
  convolutions: number;
}
