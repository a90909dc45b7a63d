import { CONV_OPERATORS } from "./operators.ts";
import { originOf, type Scope } from "./scope.ts";
import { findWeight, type WeightContext } from "./weight.ts";
import { STEPS_MOST } from "./weight-operators.ts";

/** Operators that leave the number of channels as it is; their data is the first input. */
const KEEPS: ReadonlySet<string> = new Set([
  ...["Identity", "StopGradient", "BiasAdd", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"],
  ...["Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Prelu"],
  ...["MaxPool", "MaxPoolV2", "AvgPool", "MaxPool3D", "AvgPool3D", "Pad", "PadV2", "MirrorPad"],
  ...["SpaceToBatchND", "BatchToSpaceND", "ResizeBilinear", "ResizeNearestNeighbor", "Cast"],
]);

/**
 * Channels of an input as the convolution before it makes them, where the file states no shapes; null when other
 * operators stand between.
 */
export async function channelsOf(
  scope: Scope,
  input: string | undefined,
  context: WeightContext,
): Promise<number | null> {
  let at = { scope, input };
  for (let steps = 0; steps < STEPS_MOST; steps++) {
    const origin = at.input === undefined ? null : originOf(at.scope, at.input, context.budget);
    if (origin?.kind !== "node") return null;
    const { node } = origin;
    const operator = CONV_OPERATORS.get(node.op);
    if (operator !== undefined) {
      const weight =
        node.inputs[1] === undefined ? null : await findWeight(origin.scope, node.inputs[1], context);
      const [beforeLast, last] = [weight?.tensor.shape.at(-2), weight?.tensor.shape.at(-1)];
      if (beforeLast === undefined || last === undefined) return null;
      return operator.kind === "depthwise"
        ? beforeLast * last
        : operator.kind === "transposed"
          ? beforeLast
          : last;
    }
    if (!KEEPS.has(node.op)) return null;
    at = { scope: origin.scope, input: node.inputs[0] };
  }
  return null;
}
