import type { LayerKind } from "../../model/model.ts";

/** How an operator convolves. */
export interface ConvOperator {
  readonly kind: LayerKind;
  /** Spatial axes; null where the kernel tells. */
  readonly rank: 2 | 3 | null;
  /** Which input is the data. The kernel is always the second. */
  readonly data: number;
  /** Whether further inputs are a bias or a batch normalisation, as `fused_ops` says. */
  readonly fused: boolean;
}

const plain = { kind: "conv", rank: 2, data: 0, fused: false } as const;
const depthwise = { ...plain, kind: "depthwise" } as const;

/** TensorFlow's operators that convolve with a kernel, by name; also those that its optimizers put in their place. */
export const CONV_OPERATORS: ReadonlyMap<string, ConvOperator> = new Map<string, ConvOperator>([
  ["Conv2D", plain],
  ["_FusedConv2D", { ...plain, fused: true }],
  ["FusedConv2D", { ...plain, fused: true }],
  ["_MklNativeConv2D", plain],
  ["_MklNativeFusedConv2D", { ...plain, fused: true }],
  ["Conv3D", { ...plain, rank: 3 }],
  ["_FusedConv3D", { ...plain, rank: 3, fused: true }],
  ["_MklNativeConv3D", { ...plain, rank: 3 }],
  ["Conv", { ...plain, rank: null }],
  ["DepthwiseConv2dNative", depthwise],
  ["FusedDepthwiseConv2dNative", { ...depthwise, fused: true }],
  ["_FusedDepthwiseConv2dNative", { ...depthwise, fused: true }],
  ["Conv2DBackpropInput", { ...plain, kind: "transposed", data: 2 }],
  ["Conv3DBackpropInput", { ...plain, kind: "transposed", rank: 3, data: 2 }],
  ["Conv3DBackpropInputV2", { ...plain, kind: "transposed", rank: 3, data: 2 }],
]);

/** Letters of a kernel's axes: every operator has the spatial ones first. */
export function operatorAxes(kind: LayerKind, rank: 1 | 2 | 3): string {
  const spatial = ({ 1: "W", 2: "HW", 3: "DHW" } as const)[rank];
  return spatial + ({ conv: "IO", transposed: "OI", depthwise: "IM" } as const)[kind];
}

/** Names of operators as they end the names of nodes, which say nothing about the layer. */
const OPERATOR_ENDING =
  /^(.+)\/(Conv[123]D|Conv1DTranspose|conv[123]d|convolution|conv[123]d_transpose|conv_transpose|Conv[123]DBackpropInput(V2)?|depthwise|separable_conv[12]d|DepthwiseConv[12]d(Native)?|depthwise_conv2d|BiasAdd|Relu6?|Elu|add|Add|AddV2|batchnorm|FusedBatchNormV?3?)(_\d+)?(\/.*)?$/;

/** Last parts of names of kernels. */
const KERNEL_ENDING =
  /^(.+)\/((depthwise_|pointwise_|recurrent_)?(kernel|weights?|filters?)|[wW]|Filter)(_\d+)?$/;

/** What TensorFlow.js's converter calls a kernel into which it has folded the normalisation that follows. */
const FOLDED = /(\/(?:Conv2D|depthwise|convolution|separable_conv2d)(?:_\d+)?)_weights$/;

/** Whether a kernel's name says that a converter has folded a normalisation into it. */
export function isFolded(kernel: string): boolean {
  return FOLDED.test(kernel);
}

/**
 * What to call a layer: by its kernel's name where that says which layer it belongs to, else by the operator's.
 * `whole` is the name for a layer that has several kernels.
 */
export function layerNames(
  kernel: string,
  operator: string,
): { readonly layer: string; readonly whole: string } {
  const plain = cleaned(kernel);
  const ending = KERNEL_ENDING.exec(plain);
  if (ending !== null) return { layer: ending[1]!, whole: plain };
  const read = plain.replace(/(.)\/ReadVariableOp(_\d+)?$/, "$1").replace(FOLDED, "$1");
  const name = OPERATOR_ENDING.exec(read)?.[1] ?? OPERATOR_ENDING.exec(cleaned(operator))?.[1];
  return { layer: name ?? cleaned(operator), whole: read };
}

/** Without what converters put around names: calls that were inlined, the resource behind a variable. */
function cleaned(name: string): string {
  return name
    .replace(/:\d+$/, "")
    .replace(/^((Stateful)?PartitionedCall(_\d+)?\/)+(?=.)/, "")
    .replace(/\/(resource|Read)$/, "");
}
