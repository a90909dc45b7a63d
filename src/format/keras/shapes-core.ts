import type { Extents } from "./config.ts";
import { isList } from "./plain.ts";
import { type Extent, integer, isInteger, product, text, toExtent, toExtents } from "./settings.ts";
import type { ShapeRule } from "./shapes.ts";

/** Layers whose output has the shape of their (first) input; the last line is from keras.applications. */
const UNCHANGED = [
  "Activation",
  "ActivityRegularization",
  "AlphaDropout",
  "BatchNormalization",
  "BatchNormalizationV1",
  "BatchNormalizationV2",
  "Dropout",
  "ELU",
  "GaussianDropout",
  "GaussianNoise",
  "GroupNormalization",
  "Identity",
  "InstanceNormalization",
  "LayerNormalization",
  "LeakyReLU",
  "Masking",
  "PReLU",
  "RMSNormalization",
  "ReLU",
  "Softmax",
  "SpatialDropout1D",
  "SpatialDropout2D",
  "SpatialDropout3D",
  "SyncBatchNormalization",
  "ThresholdedReLU",
  "UnitNormalization",
  ...["CustomScaleLayer", "FixedDropout", "LayerScale", "StochasticDepth"],
] as const;

/** The rule of a layer that leaves its first input's shape as it is. */
export const unchanged: ShapeRule = ({ inputs }) => inputs.slice(0, 1);

const dense: ShapeRule = ({ config, inputs: [input] }) =>
  input === undefined || input.length < 1 ? null : [[...input.slice(0, -1), integer(config, "units")]];

const flatten: ShapeRule = ({ inputs: [input] }) =>
  input === undefined || input.length < 1 ? null : [[input[0]!, product(input.slice(1))]];

/** `target` with its one -1 worked out; null extents where it cannot be. */
export function reshaped(from: Extents, target: readonly unknown[]): Extents | null {
  const extents = target.map((extent) => (extent === -1 ? -1 : toExtent(extent)));
  if (!extents.every((extent) => extent !== undefined)) return null;
  const open = extents.indexOf(-1);
  if (open < 0) return extents;
  const known = product(extents.filter((_, axis) => axis !== open));
  const total = product(from);
  const rest = total === null || known === null || known === 0 ? null : total / known;
  return extents.map((extent) => (extent === -1 ? (isInteger(rest) ? rest : null) : extent));
}

const reshape: ShapeRule = ({ config, inputs: [input] }) => {
  if (input === undefined || input.length < 1 || !isList(config.target_shape)) return null;
  const rest = reshaped(input.slice(1), config.target_shape);
  return rest && [[input[0]!, ...rest]];
};

const permute: ShapeRule = ({ config, inputs: [input] }) => {
  const dims = config.dims;
  if (input === undefined || !isList(dims) || dims.length !== input.length - 1) return null;
  const axes = dims.map((axis) => (isInteger(axis) ? input[axis] : undefined));
  return axes.every((extent) => extent !== undefined) ? [[input[0]!, ...axes]] : null;
};

const repeat: ShapeRule = ({ config, inputs: [input] }) =>
  input?.length === 2 ? [[input[0]!, integer(config, "n"), input[1]!]] : null;

const embedding: ShapeRule = ({ config, inputs: [input] }) => {
  if (input === undefined) return null;
  const given = isList(config.input_length) ? config.input_length : [config.input_length];
  const rest = input.slice(1).map((extent, axis): Extent => extent ?? toExtent(given[axis] ?? null) ?? null);
  return [[...input.slice(0, 1), ...rest, integer(config, "output_dim")]];
};

/**
 * A dense einsum's `output_shape` names all axes but the batch and those under the ellipsis. Keras 3 states just
 * these (an unknown one stays unknown, several hidden ones stand in reverse); TensorFlow knows them all.
 */
const einsumDense: ShapeRule = ({ config, dialect, inputs: [input] }) => {
  const [read, written] = text(config, "equation", "").split("->");
  const letters = read?.split(",")[0];
  if (input === undefined || letters === undefined || written === undefined) return null;
  const named = Array.isArray(config.output_shape) ? config.output_shape : [config.output_shape];
  const stated = toExtents(named.map((extent) => extent ?? null));
  const bare = letters.replace("...", "");
  const hidden = letters.includes("...") ? input.length - bare.length : 0;
  if (stated === null || hidden < 0) return null;
  const batch = input.slice(0, 1);
  const left = letters.startsWith("...");
  const middle = left ? input.slice(1, Math.max(hidden, 1)) : [];
  const output = left
    ? [...batch, ...(dialect === "keras3" ? middle.toReversed() : middle), ...stated]
    : [...batch, ...stated, ...input.slice(input.length - hidden)];
  if (dialect === "keras3") return [output];
  const offset = left ? hidden : 0;
  const outLetters = written.replace("...", "");
  return [
    output.map((extent, axis) => {
      const from = axis < offset ? -1 : bare.indexOf(outLetters[axis - offset] ?? "?");
      return extent ?? (from < 0 ? null : (input[from + offset] ?? null));
    }),
  ];
};

/** A Lambda states its output only when its author did. */
const lambda: ShapeRule = ({ config, inputs: [input] }) => {
  const stated = toExtents(config.output_shape);
  return stated === null || input === undefined ? null : [[input[0] ?? null, ...stated]];
};

const wrapped: ShapeRule = ({ inputs, inner: [inside] }) => inside?.(inputs) ?? null;

function everyName(names: readonly string[], rule: ShapeRule): Readonly<Record<string, ShapeRule>> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** Dense, reshaping, embedding and everything that leaves shapes alone. */
export const CORE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...everyName(UNCHANGED, unchanged),
  Dense: dense,
  EinsumDense: einsumDense,
  Embedding: embedding,
  ReversibleEmbedding: embedding,
  Flatten: flatten,
  Lambda: lambda,
  Permute: permute,
  RepeatVector: repeat,
  Reshape: reshape,
  SpectralNormalization: wrapped,
  WeightNormalization: wrapped,
};
