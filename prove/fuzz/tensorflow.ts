import { kerasWeights, randomFill, randomLayer } from "../models/layer.ts";
import { createRandom, type Random } from "../random.ts";
import { encode, message, type ProtoMessage } from "../writers/protobuf.ts";
import { type BundleLayout, bundle } from "../writers/tensorflow.ts";
import { frozenGraph, savedModel, type TfLayer, tfWeights } from "../writers/tensorflow-model.ts";
import { type TfjsWeight, tfjsFiles, tfjsGraph } from "../writers/tfjs.ts";
import { utf8 } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateJson } from "./json.ts";
import { mutateProto } from "./protobuf.ts";

const random = createRandom("tensorflow seeds");
const LAYERS: readonly TfLayer[] = (["conv", "depthwise", "transposed"] as const).map((kind) => {
  const made = randomLayer(random, kind, 2, { rank: 2, kinds: [kind], dtype: "float32" });
  const spec = { ...made, outputs: kind === "depthwise" ? made.outputs : 2, groups: 1, kernel: [2, 3] };
  return { spec, weights: kerasWeights(spec, randomFill(random)) };
});
const WEIGHTS = tfWeights(LAYERS);

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** A format of several files: some file of it is changed in its bytes, or `structural` makes others. */
function several(name: string, main: string, good: Files, structural: (random: Random) => Files): FuzzFormat {
  return {
    name,
    slow: false,
    good: { main, files: good },
    mutated: (own) => {
      const changed = own.chance(0.7) ? main : own.pick([...good.keys()]);
      return { main, files: new Map([...good, [changed, mutateBytes(own, good.get(changed)!)]]) };
    },
    structural: (own) => ({ main, files: structural(own) }),
  };
}

/** A checkpoint whose entries, header or tables say something else; its checksums are right. */
function structuralBundle(own: Random): Files {
  const layout: BundleLayout = {
    shards: own.between(1, 2),
    bigEndian: own.chance(0.3),
    snappy: own.chance(0.3),
    perBlock: own.between(1, 4),
    ...(own.chance(0.1) ? { method: own.pick([1, 2, 255]) } : {}),
    ...(own.chance(0.2) ? { header: mutateProto(own, message([1, 1], [2, 0])) } : {}),
    ...(own.chance(0.2) ? { more: [["\u0000\u0001", own.bytes(9)]] as const } : {}),
    entry: (_name, entry) => (own.chance(0.4) ? mutateProto(own, entry) : entry),
  };
  return bundle("model", WEIGHTS, layout);
}

const GRAPH = frozenGraph(LAYERS, (weight) => weight.name.endsWith("bias"));
const SAVED = savedModel(LAYERS);
const PB = encode(SAVED.pb);
const variables = (files: Files): [string, Uint8Array<ArrayBuffer>][] =>
  [...files].map(([name, bytes]) => [`variables/${name}`, bytes]);

function structuralSaved(own: Random): Files {
  const pb = own.chance(0.7) ? encode(mutateProto(own, SAVED.pb)) : PB;
  const objects: ProtoMessage = message([1, message([1, message([1, own.below(4)], [2, "v0"])])]);
  const stored = own.chance(0.7)
    ? SAVED.variables
    : savedModel(LAYERS, { objects: mutateProto(own, objects) }).variables;
  return new Map([["saved_model.pb", pb], ...variables(stored)]);
}

const TFJS: readonly TfjsWeight[] = WEIGHTS.map((weight, at) => {
  if (at !== 0) return weight;
  const count = weight.bytes.length / 4;
  return {
    ...weight,
    bytes: weight.bytes.slice(0, count),
    quantization: { dtype: "uint8", scale: 0.5, min: -1 },
  };
});
const TFJS_GOOD = tfjsFiles(tfjsGraph(LAYERS), TFJS, { shard: 50 });
const TFJS_JSON: unknown = JSON.parse(new TextDecoder().decode(TFJS_GOOD.get("model.json")));

/** TensorFlow's checkpoints, SavedModels and frozen graphs, and TensorFlow.js. */
export const tensorflowFuzz: readonly FuzzFormat[] = [
  several("tensorflow checkpoint", "model.index", bundle("model", WEIGHTS), structuralBundle),
  several(
    "tensorflow SavedModel",
    "saved_model.pb",
    new Map([["saved_model.pb", PB], ...variables(SAVED.variables)]),
    structuralSaved,
  ),
  several(
    "tensorflow graph",
    "graph.pb",
    new Map([["graph.pb", encode(GRAPH)]]),
    (own) => new Map([["graph.pb", encode(mutateProto(own, GRAPH))]]),
  ),
  several(
    "tfjs",
    "model.json",
    TFJS_GOOD,
    (own) => new Map([...TFJS_GOOD, ["model.json", utf8(mutateJson(own, TFJS_JSON))]]),
  ),
];
