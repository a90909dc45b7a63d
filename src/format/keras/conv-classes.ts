import type { LayerKind } from "../../model/model.ts";

/** One kernel of a layer class. */
export interface KernelRole {
  /** What Keras calls the variable; several names where versions differ. */
  readonly names: readonly string[];
  readonly kind: LayerKind;
  /** Added to the layer's name where the layer has two kernels. */
  readonly suffix: string | null;
  /** Whether the layer's strides, padding and dilation are this kernel's, and its input this kernel's input. */
  readonly isOuter: boolean;
  /** Padding of a kernel that is not: what Keras's code passes. */
  readonly padding: "valid" | "same";
  /** Whether the layer's bias is added after this kernel. */
  readonly hasBias: boolean;
}

/** A layer class with convolution kernels, in the order in which it stores them. */
export interface ConvClass {
  readonly rank: 1 | 2 | 3;
  readonly kernels: readonly KernelRole[];
}

const outer = { suffix: null, isOuter: true, padding: "valid", hasBias: true } as const;
const CONV: readonly KernelRole[] = [{ names: ["kernel"], kind: "conv", ...outer }];
const TRANSPOSED: readonly KernelRole[] = [{ names: ["kernel"], kind: "transposed", ...outer }];
/** Keras 2 says `depthwise_kernel`, Keras 3 `kernel`. */
const DEPTHWISE: readonly KernelRole[] = [
  { names: ["depthwise_kernel", "kernel"], kind: "depthwise", ...outer },
];
const SEPARABLE: readonly KernelRole[] = [
  { names: ["depthwise_kernel"], kind: "depthwise", ...outer, suffix: "depthwise_kernel", hasBias: false },
  {
    names: ["pointwise_kernel"],
    kind: "conv",
    suffix: "pointwise_kernel",
    isOuter: false,
    padding: "valid",
    hasBias: true,
  },
];
/** The four gates are one kernel with 4 * filters outputs; the recurrent one always runs with `same` padding. */
const RECURRENT: readonly KernelRole[] = [
  { names: ["kernel"], kind: "conv", ...outer, suffix: "kernel" },
  {
    names: ["recurrent_kernel"],
    kind: "conv",
    suffix: "recurrent_kernel",
    isOuter: false,
    padding: "same",
    hasBias: false,
  },
];

/** Keras's classes with convolution kernels. Keras 1's names are aliases that Keras 2 never writes. */
export const CONV_CLASSES: ReadonlyMap<string, ConvClass> = new Map<string, ConvClass>([
  ["Conv1D", { rank: 1, kernels: CONV }],
  ["Conv2D", { rank: 2, kernels: CONV }],
  ["Conv3D", { rank: 3, kernels: CONV }],
  ["Conv1DTranspose", { rank: 1, kernels: TRANSPOSED }],
  ["Conv2DTranspose", { rank: 2, kernels: TRANSPOSED }],
  ["Conv3DTranspose", { rank: 3, kernels: TRANSPOSED }],
  ["DepthwiseConv1D", { rank: 1, kernels: DEPTHWISE }],
  ["DepthwiseConv2D", { rank: 2, kernels: DEPTHWISE }],
  ["SeparableConv1D", { rank: 1, kernels: SEPARABLE }],
  ["SeparableConv2D", { rank: 2, kernels: SEPARABLE }],
  ["ConvLSTM1D", { rank: 1, kernels: RECURRENT }],
  ["ConvLSTM2D", { rank: 2, kernels: RECURRENT }],
  ["ConvLSTM3D", { rank: 3, kernels: RECURRENT }],
]);

/** Classes of Keras whose weights may have three axes and more, but are no convolution kernels. */
export const OTHER_CLASSES: ReadonlyMap<string, string> = new Map([
  ["EinsumDense", "a dense layer over several axes"],
  ["MultiHeadAttention", "an attention layer"],
  ["GroupQueryAttention", "an attention layer"],
  ["GroupedQueryAttention", "an attention layer"],
  ["LocallyConnected1D", "a locally connected layer, which has a kernel of its own at every position"],
  ["LocallyConnected2D", "a locally connected layer, which has a kernel of its own at every position"],
  ["PReLU", "the slopes of an activation"],
  ["LayerNormalization", "a normalisation"],
  ["BatchNormalization", "a normalisation"],
  ["Normalization", "a normalisation"],
  ["GroupNormalization", "a normalisation"],
  ["Embedding", "an embedding"],
  ["Dense", "a dense layer"],
]);

/** Letters of a kernel's stored axes. */
export function axisOrderOf(kind: LayerKind, rank: 1 | 2 | 3): string {
  const spatial = ({ 1: "W", 2: "HW", 3: "DHW" } as const)[rank];
  return spatial + ({ conv: "IO", transposed: "OI", depthwise: "IM" } as const)[kind];
}
