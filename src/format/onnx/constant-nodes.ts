import type { Tensor } from "../../tensor/tensor.ts";
import { type Constant, constantOf, STEPS_MOST } from "./constant.ts";
import { STRING } from "./data-types.ts";
import type { FollowState } from "./follow-state.ts";
import type { OnnxAttribute, OnnxNode, OnnxSparseTensor, OnnxTensor } from "./messages.ts";
import { numbersTensor, onnxTensor } from "./onnx-tensor.ts";
import { QUANTIZE_STEPS } from "./quantize-steps.ts";
import { RESHAPE_STEPS, type Step, type StepInputs } from "./reshape-steps.ts";
import { attributeOf, lookUp, type Scope } from "./scope.ts";
import { sparseTensor } from "./sparse-tensor.ts";

/** Whether an operator makes a constant of a constant: ONNX's, and ONNX Runtime's twins of QDQ. */
export function isFollowed(domain: string, operator: string): boolean {
  if (domain === "com.microsoft") return operator === "QuantizeLinear" || operator === "DequantizeLinear";
  return (
    domain === "" && (operator === "Constant" || RESHAPE_STEPS.has(operator) || QUANTIZE_STEPS.has(operator))
  );
}

/** The constant that `node` makes; null when it makes none that is followed. */
export async function madeBy(state: FollowState, node: OnnxNode, scope: Scope): Promise<Constant | null> {
  if (node.operator === "Constant") return constantNode(state, node, scope);
  const step: Step | undefined = RESHAPE_STEPS.get(node.operator) ?? QUANTIZE_STEPS.get(node.operator);
  const value = step === undefined ? null : lookUp(scope, node.inputs[0] ?? "");
  if (step === undefined || value === null || value.steps >= STEPS_MOST) return null;
  const inputs: StepInputs = {
    input: (index) => {
      const name = node.inputs[index] ?? "";
      return name === "" ? null : (lookUp(scope, name) ?? undefined);
    },
    int: (name, otherwise) => attributeOf(scope, node, name)?.int ?? otherwise,
    ints: (name) => attributeOf(scope, node, name)?.ints ?? null,
  };
  return step(value, inputs, state.context);
}

function constantNode(state: FollowState, node: OnnxNode, scope: Scope): Constant | null {
  const of = (name: string): OnnxAttribute | undefined => attributeOf(scope, node, name);
  const name = node.outputs[0] ?? "";
  const tensor = of("value")?.tensor;
  if (tensor != null)
    return tensor.type === STRING ? null : stored(state, tensor, name, { path: scope.path, isNode: true });
  const sparse = of("sparse_value")?.sparse;
  if (sparse != null) return storedSparse(state, sparse, name, { path: scope.path, isNode: true });
  const int = of("value_int")?.int;
  if (int != null) return constantOf(numbersTensor(name, [], [int], "int64"));
  const float = of("value_float")?.float;
  if (float != null) return constantOf(numbersTensor(name, [], [float], "float32"));
  const ints = of("value_ints");
  if (ints !== undefined) return constantOf(numbersTensor(name, [ints.ints.length], ints.ints, "int64"));
  const floats = of("value_floats");
  if (floats === undefined) return null;
  const make = (own: string): Tensor => numbersTensor(own, [floats.floats.length], floats.floats, "float32");
  return constantOf(state.names.add(floats, name, { path: scope.path, isNode: true }, make));
}

/** Where a tensor stands: the nodes around it, and whether it is a Constant's. */
interface Standing {
  readonly path: readonly string[];
  readonly isNode: boolean;
}

/** An initializer or a Constant's tensor, called `name`. */
export function stored(
  { names, files }: FollowState,
  proto: OnnxTensor,
  name: string,
  from: Standing,
): Constant {
  return constantOf(names.add(proto, name, from, (own) => onnxTensor(proto, own, files)));
}

/** The same of a sparse one. */
export function storedSparse(
  { names, files }: FollowState,
  proto: OnnxSparseTensor,
  name: string,
  from: Standing,
): Constant {
  return constantOf(names.add(proto, name, from, (own) => sparseTensor(proto, own, files)));
}
