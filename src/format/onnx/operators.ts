/** How an operator uses a kernel. */
export interface ConvOperator {
  /** Inputs that hold the kernel and the bias. */
  readonly weight: number;
  readonly bias: number | null;
  readonly transposed?: boolean;
  /** Inputs with scale and zero point of the kernel; `null` scale: the operator has none. */
  readonly quantized?: { readonly scale: number | null; readonly zero: number };
  /** Whether the channels of the input stand last; `attribute`: its attribute channels_last says so. */
  readonly channelsLast?: true | "attribute";
  /** Why its kernels cannot be read, as a sentence. */
  readonly unreadable?: string;
}

const PLAIN: ConvOperator = { weight: 1, bias: 2 };
const TRANSPOSED: ConvOperator = { weight: 1, bias: 2, transposed: true };
const INTEGER: ConvOperator = { weight: 1, bias: null, quantized: { scale: null, zero: 3 } };
const QLINEAR: ConvOperator = { weight: 3, bias: 8, quantized: { scale: 4, zero: 5 } };
const LAST = { channelsLast: true } as const;
const BLOCKED: ConvOperator = {
  ...PLAIN,
  unreadable:
    "ONNX Runtime has rearranged it in blocks for one machine (com.microsoft.nchwc): open the model before that optimisation.",
};

/**
 * ONNX's convolutions and those that ONNX Runtime makes of them, by domain and name. Kernels are stored
 * `[out, in / group, …]`, transposed ones `[in, out / group, …]`, also where the channels of the input stand last
 * (onnxruntime, core/graph/contrib_ops/nhwc_schema_defs.cc).
 */
const OPERATORS: ReadonlyMap<string, ConvOperator> = new Map([
  [":Conv", PLAIN],
  [":ConvTranspose", TRANSPOSED],
  [":ConvInteger", INTEGER],
  [":QLinearConv", QLINEAR],
  [":DeformConv", { weight: 1, bias: 3 }],
  ["com.microsoft:FusedConv", PLAIN],
  ["com.microsoft:NhwcConv", { ...PLAIN, ...LAST }],
  ["com.microsoft:NhwcFusedConv", { ...PLAIN, ...LAST }],
  ["com.microsoft:QLinearConv", { ...QLINEAR, channelsLast: "attribute" }],
  ["com.microsoft:ConvTransposeWithDynamicPads", { weight: 1, bias: 3, transposed: true }],
  ["com.microsoft.nchwc:Conv", BLOCKED],
  ["com.ms.internal.nhwc:Conv", { ...PLAIN, ...LAST }],
  ["com.ms.internal.nhwc:FusedConv", { ...PLAIN, ...LAST }],
  ["com.ms.internal.nhwc:ConvTranspose", { ...TRANSPOSED, ...LAST }],
  ["com.ms.internal.nhwc:QLinearConv", { ...QLINEAR, ...LAST }],
]);

/** What is known of an operator that is a convolution. `domain` is empty for ONNX's own. */
export function convOperator(domain: string, name: string): ConvOperator | undefined {
  return OPERATORS.get(`${domain}:${name}`);
}
