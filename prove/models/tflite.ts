import type { Random } from "../random.ts";
import { type StoredKernel, tflite, tfliteOperator, tfliteTree } from "../writers/tflite.ts";
import { valuesOf, type Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** One random TensorFlow Lite model: float, float16 behind DEQUANTIZE, and int8 with scales for each output. */
export function randomTflite(
  random: Random,
  rank: 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = ["float32", "float16", "int8", "uint8"],
): RandomModel {
  const kinds =
    rank === 2 ? (["conv", "depthwise", "transposed"] as const) : (["conv", "transposed"] as const);
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank, kinds, dtypes: [random.pick(dtypes), random.pick(dtypes)] },
    (at, kind) => `net/${kind}_${at}`,
  );
  const layers = specs.map((spec) => ({ spec, kernel: storedKernel(spec, fill, random) }));
  const kernels = layers.map(({ spec, kernel }): ExpectedKernel => {
    const kind = spec.kind === "separable" ? "conv" : spec.kind;
    return { layer: spec.name, kind, ...expectedValues(kernel, tfliteOperator(spec)[1]) };
  });
  return {
    label: `tflite ${specs.map(({ name, dtype, groups }) => `${name}/${groups} ${dtype}`).join(", ")}`,
    model: { main: "net.tflite", files: new Map([["net.tflite", tflite(tfliteTree(layers))]]) },
    weights: layers.map(({ kernel }) => kernel.weight),
    kernels,
  };
}

function storedKernel(spec: LayerSpec, fill: Fill, random: Random): StoredKernel {
  const { inputs, outputs, groups, kernel, dtype, kind } = spec;
  const order = tfliteOperator(spec)[1];
  const spatial = new Map([..."DHW"].slice(-kernel.length).map((letter, at) => [letter, kernel[at]!]));
  const shape = [...order].map((letter) => {
    if (letter === "O") return outputs;
    return letter === "I" ? (kind === "depthwise" ? 1 : inputs / groups) : spatial.get(letter)!;
  });
  const weight: Weight = {
    name: `${spec.name}/convolution`,
    dtype,
    shape,
    bytes: fill(dtype, valuesOf(shape)),
  };
  if (!/^u?int/.test(dtype)) return { weight };
  const single = random.chance(0.3);
  const count = single ? 1 : outputs;
  return {
    weight,
    scales: Array.from({ length: count }, () => Math.fround(random.unit() + 0.001)),
    zeros: Array.from({ length: count }, () => random.between(-3, 3)),
    axis: single ? 0 : order.indexOf("O"),
  };
}

/** The values by TensorFlow Lite's own formula, `(q - zero) * scale` in float32. */
function expectedValues(
  { weight, scales, zeros }: StoredKernel,
  order: string,
): ReturnType<typeof canonical> {
  const stored = canonical(weight, order);
  if (scales === undefined) return stored;
  const perOut = stored.weights.length / stored.shape[0]!;
  const weights = Float32Array.from(stored.weights, (q, at) => {
    const channel = scales.length === 1 ? 0 : Math.floor(at / perOut);
    return Math.fround(q - zeros![channel]!) * scales[channel]!;
  });
  return { ...stored, weights };
}
