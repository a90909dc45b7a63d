import type { Random } from "../random.ts";
import { encode } from "../writers/protobuf.ts";
import { bundle } from "../writers/tensorflow.ts";
import { frozenGraph, savedModelFiles, type TfLayer, tfWeights } from "../writers/tensorflow-model.ts";
import { tfjsFiles, tfjsGraph } from "../writers/tfjs.ts";
import type { Weight } from "../writers/weight.ts";
import { type ExpectedKernel, expectedFromKeras, type Fill, kerasWeights } from "./layer.ts";
import { kerasKinds, type ModelFiles, type RandomModel, randomSpecs } from "./random-model.ts";

/** Dtypes of kernels in TensorFlow's files. */
const DTYPES = [
  "float32",
  "float16",
  "bfloat16",
  "float64",
  "int8",
  "uint8",
  "int16",
  "int32",
  "int64",
  "float8_e5m2",
];

const NAMES = {
  conv: "conv",
  transposed: "conv_transpose",
  depthwise: "depthwise_conv",
  separable: "separable_conv",
};

/** One random model in one of TensorFlow's forms. */
export function randomTensorFlow(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = DTYPES,
): RandomModel {
  const form = random.pick(["checkpoint", "frozen graph", "SavedModel", "TensorFlow.js"] as const);
  const ofRank = form === "TensorFlow.js" ? 2 : rank;
  const own =
    form === "TensorFlow.js" ? dtypes.filter((dtype) => /^(float32|int32|uint8)$/.test(dtype)) : dtypes;
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank: ofRank, kinds: kerasKinds(ofRank), dtypes: own.map(() => random.pick(own)) },
    (at, kind) => `${NAMES[kind]}${at}`,
  );
  const layers = specs.map((spec): TfLayer => ({ spec, weights: kerasWeights(spec, fill) }));
  const kernels = layers.flatMap(({ spec, weights }) =>
    expectedFromKeras(spec, weights).map(
      (expected, at): ExpectedKernel => ({
        ...expected,
        layer: spec.kind === "separable" ? `${spec.name}/${weights[at]!.name}` : spec.name,
      }),
    ),
  );
  const weights = tfWeights(layers);
  return {
    label: `${form} of ${specs.map(({ name, dtype, groups }) => `${name}/${groups} ${dtype}`).join(", ")}`,
    model: filesOf(form, layers, weights, random),
    // Numbers instead of names, and constants that are no weights.
    weights: form === "checkpoint" || form === "TensorFlow.js" ? weights : null,
    kernels,
  };
}

function filesOf(
  form: string,
  layers: readonly TfLayer[],
  weights: readonly Weight[],
  random: Random,
): ModelFiles {
  const layout = {
    shards: random.between(1, 3),
    bigEndian: random.chance(0.3),
    snappy: random.chance(0.3),
    perBlock: random.between(1, 9),
  };
  if (form === "checkpoint")
    return { main: "model.ckpt.index", files: bundle("model.ckpt", weights, layout) };
  if (form === "SavedModel") {
    // The object graph is text, whose checksum does not depend on the order of bytes.
    return { main: "saved_model.pb", files: savedModelFiles(layers, { ...layout, bigEndian: false }) };
  }
  if (form === "frozen graph") {
    const bytes = encode(frozenGraph(layers, () => random.chance(0.4)));
    return { main: "graph.pb", files: new Map([["graph.pb", bytes]]) };
  }
  return {
    main: "model.json",
    files: tfjsFiles(tfjsGraph(layers), weights, { shard: random.pick([7, 64, 4096]) }),
  };
}
