import type { Tensor } from "../tensor/tensor.ts";
import { hasWord, isOptimizerName, saysConvolution, type TensorName } from "./names.ts";

/** Leaves that are never kernels, with what they are. */
const LEAVES: Readonly<Record<string, string>> = {
  bias: "a bias",
  biases: "a bias",
  running_mean: "statistics of a normalisation",
  running_var: "statistics of a normalisation",
  moving_mean: "statistics of a normalisation",
  moving_variance: "statistics of a normalisation",
  num_batches_tracked: "a counter",
  gamma: "scales of a normalisation",
  beta: "offsets of a normalisation",
  scale: "scales",
  scales: "scales of quantised weights",
  alpha: "slopes of an activation",
  weight_g: "magnitudes of weight normalisation, not a kernel",
  original0: "magnitudes of weight normalisation, not a kernel",
  embedding: "an embedding",
  embeddings: "an embedding",
  pos_embed: "a position embedding",
  pos_embedding: "a position embedding",
  position_embedding: "a position embedding",
  positional_embedding: "a position embedding",
  position_embeddings: "a position embedding",
  relative_position_bias_table: "a table of relative positions",
  relative_position_index: "a table of relative positions",
  relative_coords_table: "a table of relative positions",
  rel_pos_h: "relative positions",
  rel_pos_w: "relative positions",
  cls_token: "a token",
  mask_token: "a token",
  register_tokens: "tokens",
  attn_mask: "a mask",
  mask: "a mask",
};

/** Words that say that a rank-3 tensor multiplies matrices, unless the name also says convolution. */
const MATRIX_WORDS = [
  "attn",
  "attention",
  "mha",
  "query",
  "key",
  "value",
  "qkv",
  "einsum",
  "bilinear",
  "experts",
  "expert",
  "moe",
  "lstm",
  "gru",
  "rnn",
  "embedding",
  "embeddings",
  "relative",
  "norm",
  "layernorm",
  "prelu",
  "locally",
  "token",
  "tokens",
] as const;

/** NumPy's words for text, objects, times and records. */
const NOT_NUMBERS = /^([<>|=]?[USOmM]\d*(\[.*\])?|structured)$/;

/**
 * Why a tensor of rank 3 to 5 is no convolution kernel, told from its name and its neighbours; null when
 * nothing speaks against it.
 */
export function whyNoKernel(
  tensor: Tensor,
  name: TensorName,
  byName: ReadonlyMap<string, Tensor>,
): string | null {
  if (isOptimizerName(tensor.name)) return "It belongs to an optimizer's state.";
  const leaf = name.leaf.toLowerCase();
  if (Object.hasOwn(LEAVES, leaf)) return `Its name says that it is ${LEAVES[leaf]}.`;
  if (tensor.shape.some((extent) => extent === 0)) return "It holds no values.";
  if (tensor.unreadable !== undefined && NOT_NUMBERS.test(tensor.dtype)) return tensor.unreadable;
  if (tensor.dtype === "bool") return "It holds truth values, not weights.";
  if (/^uint(8|32)$/.test(tensor.dtype) && byName.has(`${name.prefix}scales`)) {
    return "It holds packed quantised weights of a matrix product.";
  }
  if (/expert/i.test(tensor.name) && hasWord(name.words, "experts", "expert"))
    return "Its name says that it holds the matrices of several experts.";
  if (tensor.shape.length > 3 || saysConvolution(name.own) || saysConvolution([leaf])) return null;
  const bias = byName.get(`${name.prefix}bias`);
  if (bias !== undefined && bias.shape.length > 1) {
    return `It is a rank-3 tensor whose bias has shape [${bias.shape.join(", ")}]: a dense layer over heads, not a 1-D convolution.`;
  }
  const word = MATRIX_WORDS.find((candidate) => name.words.has(candidate));
  return word === undefined
    ? null
    : `It is a rank-3 tensor and its name says ${JSON.stringify(word)}: a matrix product, not a 1-D convolution.`;
}
