import type { LayerFacts } from "../../model/layers.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isScript, type ScriptObject } from "./value.ts";

/** PyTorch's convolution classes, also as fused and quantised ones are called. */
const CONV = /(?:^|\.)(?:Lazy)?Conv(Transpose)?([123])d$|(?:^|\.)Conv(?:Bn)?(?:Re[Ll][Uu])?([123])d$/;

/**
 * What the class of a module says about its weight, where no operator that was followed uses it: the module is a
 * convolution. Null when it is none, or its weight does not fit.
 */
export function factsOfModule(
  { className, attributes, path }: ScriptObject,
  tensors: ReadonlyMap<string, Tensor>,
): LayerFacts | null {
  const match = CONV.exec(className.replace(/___torch_mangle_\d+\./, ""));
  if (match === null) return null;
  const tensorOf = (name: string): Tensor | null => {
    const value = attributes.get(name);
    return isScript(value, "tensor") ? (tensors.get(value.id) ?? null) : null;
  };
  const kernel = tensorOf("weight");
  const rank = Number(match[2] ?? match[3]);
  if (kernel === null || kernel.shape.length !== rank + 2) return null;
  const transposed = match[1] !== undefined;
  const bias = tensorOf("bias");
  const outputs = bias?.shape[0];
  const groups = transposed && outputs !== undefined ? outputs / kernel.shape[1]! : null;
  return {
    name: path === "" ? kernel.name : path,
    kind: transposed ? "transposed" : "conv",
    axisOrder: (transposed ? "IO" : "OI") + ["W", "HW", "DHW"][rank - 1]!,
    evidence: "config",
    kernel,
    bias,
    groups:
      groups !== null && Number.isInteger(groups) && groups > 0 && kernel.shape[0]! % groups === 0
        ? groups
        : null,
    note: "Its class says that it is a convolution; no operator that could be followed uses it.",
  };
}
