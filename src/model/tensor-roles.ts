import type { Tensor } from "../tensor/tensor.ts";
import type { ConvLayer, Model } from "./model.ts";

/** What a tensor of a model is to its convolutions. */
export interface TensorRole {
  readonly tensor: Tensor;
  /** The layer that it belongs to; null when it is of none. */
  readonly layer: ConvLayer | null;
  readonly role: "kernel" | "bias" | "batch normalisation" | "other";
  /** Why it is no convolution kernel, as a sentence; null for kernels. */
  readonly reason: string | null;
}

/** Every tensor of `model`, in the file's order, with its role. */
export function tensorRoles(model: Model): readonly TensorRole[] {
  const roles = new Map<Tensor, Omit<TensorRole, "tensor">>();
  for (const { tensor, reason } of model.rejected) roles.set(tensor, { layer: null, role: "other", reason });
  for (const layer of model.layers) {
    const { batchNorm, bias, kernel } = layer;
    for (const part of [batchNorm?.scale, batchNorm?.offset, batchNorm?.mean, batchNorm?.variance]) {
      if (part == null) continue;
      const reason = "It belongs to a batch normalisation, which follows that layer.";
      roles.set(part, { layer, role: "batch normalisation", reason });
    }
    if (bias !== null) roles.set(bias, { layer, role: "bias", reason: "It is the bias of that layer." });
    roles.set(kernel, { layer, role: "kernel", reason: null });
  }
  // Kernels and biases that are seen through a view (turned, reshaped) are other values of the same name.
  const byName = new Map([...roles].map(([{ name }, role]) => [name, role]));
  return model.tensors.map((tensor) => ({
    tensor,
    ...(roles.get(tensor) ?? byName.get(tensor.name) ?? otherRole(tensor)),
  }));
}

function otherRole({ shape }: Tensor): Omit<TensorRole, "tensor"> {
  const axes = `${shape.length} ${shape.length === 1 ? "axis" : "axes"}`;
  const reason =
    shape.length >= 3 && shape.length <= 5
      ? "The model does not use it as the kernel of a convolution."
      : `It has ${axes}; the kernel of a convolution has 3 to 5.`;
  return { layer: null, role: "other", reason };
}
