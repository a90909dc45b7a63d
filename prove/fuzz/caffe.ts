import { randomLayer, torchWeights } from "../models/layer.ts";
import { createRandom } from "../random.ts";
import { convLayerProto, netProto } from "../writers/caffe.ts";
import { encode, message } from "../writers/protobuf.ts";
import { float32Weight } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateProto } from "./protobuf.ts";

const MAIN = "a.caffemodel";

/** Convolutions, a BatchNorm and a Scale in one form of layers. */
function fuzzed(name: string, old: boolean): FuzzFormat {
  const random = createRandom(name);
  const layers = (["conv", "transposed", "depthwise"] as const).map((kind) => {
    const spec = randomLayer(random, kind, 2, { rank: 2, kinds: [kind], dtype: "float32" });
    return convLayerProto(
      spec,
      torchWeights(spec, (_, count) => new Uint8Array(count * 4).fill(3)),
      old,
    );
  });
  const blob = message([5, float32Weight("", [2], [1, 2]).bytes], [7, message([1, Uint8Array.of(2)])]);
  const norms = old
    ? []
    : ["BatchNorm", "Scale"].map((type) =>
        message(
          [1, type],
          [2, type],
          [3, "conv"],
          [4, "conv"],
          [7, blob],
          [7, blob],
          [7, blob],
          [139, message([3, { float: 0.1 }])],
        ),
      );
  const tree = netProto([layers[0]!, ...norms, ...layers.slice(1)], old);
  const good = encode(tree);
  return {
    name,
    slow: false,
    good: { main: MAIN, files: new Map([[MAIN, good]]) },
    mutated: (own) => ({ main: MAIN, files: new Map([[MAIN, mutateBytes(own, good)]]) }),
    structural: (own) => ({ main: MAIN, files: new Map([[MAIN, encode(mutateProto(own, tree))]]) }),
  };
}

const [PRESENT, OLD] = [fuzzed("caffe", false), fuzzed("old caffe", true)];

/** Caffe's present layers and those of 2013. */
export const caffeFuzz: FuzzFormat = {
  ...PRESENT,
  mutated: (random, index) => random.pick([PRESENT, OLD]).mutated(random, index),
  structural: (random, index) => random.pick([PRESENT, OLD]).structural(random, index),
};
