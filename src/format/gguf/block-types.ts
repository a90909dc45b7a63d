import type { DType } from "../../tensor/dtype.ts";

/** How ggml stores values: alone, or in blocks that share scales. */
export interface BlockType {
  readonly name: string;
  /** Values and bytes of a block. */
  readonly values: number;
  readonly bytes: number;
  /** The dtype of values that stand alone. */
  readonly dtype?: DType;
}

/** By ggml_type (ggml.h). The sizes of all are known; which blocks are read says `block-values.ts`. */
export const BLOCK_TYPES: Readonly<Record<number, BlockType>> = {
  0: { name: "F32", values: 1, bytes: 4, dtype: "float32" },
  1: { name: "F16", values: 1, bytes: 2, dtype: "float16" },
  2: { name: "Q4_0", values: 32, bytes: 18 },
  3: { name: "Q4_1", values: 32, bytes: 20 },
  6: { name: "Q5_0", values: 32, bytes: 22 },
  7: { name: "Q5_1", values: 32, bytes: 24 },
  8: { name: "Q8_0", values: 32, bytes: 34 },
  9: { name: "Q8_1", values: 32, bytes: 40 },
  10: { name: "Q2_K", values: 256, bytes: 84 },
  11: { name: "Q3_K", values: 256, bytes: 110 },
  12: { name: "Q4_K", values: 256, bytes: 144 },
  13: { name: "Q5_K", values: 256, bytes: 176 },
  14: { name: "Q6_K", values: 256, bytes: 210 },
  15: { name: "Q8_K", values: 256, bytes: 292 },
  16: { name: "IQ2_XXS", values: 256, bytes: 66 },
  17: { name: "IQ2_XS", values: 256, bytes: 74 },
  18: { name: "IQ3_XXS", values: 256, bytes: 98 },
  19: { name: "IQ1_S", values: 256, bytes: 50 },
  20: { name: "IQ4_NL", values: 32, bytes: 18 },
  21: { name: "IQ3_S", values: 256, bytes: 110 },
  22: { name: "IQ2_S", values: 256, bytes: 82 },
  23: { name: "IQ4_XS", values: 256, bytes: 136 },
  24: { name: "I8", values: 1, bytes: 1, dtype: "int8" },
  25: { name: "I16", values: 1, bytes: 2, dtype: "int16" },
  26: { name: "I32", values: 1, bytes: 4, dtype: "int32" },
  27: { name: "I64", values: 1, bytes: 8, dtype: "int64" },
  28: { name: "F64", values: 1, bytes: 8, dtype: "float64" },
  29: { name: "IQ1_M", values: 256, bytes: 56 },
  30: { name: "BF16", values: 1, bytes: 2, dtype: "bfloat16" },
  34: { name: "TQ1_0", values: 256, bytes: 54 },
  35: { name: "TQ2_0", values: 256, bytes: 66 },
  39: { name: "MXFP4", values: 32, bytes: 17 },
  40: { name: "NVFP4", values: 64, bytes: 36 },
  41: { name: "Q1_0", values: 128, bytes: 18 },
};
