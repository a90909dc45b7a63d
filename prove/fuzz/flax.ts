import type { Random } from "../random.ts";
import { flaxArray, flaxChunks, flaxTree, msgpack, type Packed } from "../writers/msgpack.ts";
import { float32Weight, type Weight } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";

const WEIGHTS: readonly Weight[] = [
  float32Weight("params/Conv_0/kernel", [3, 3, 3, 2], { length: 54, 3: 2 }),
  float32Weight("params/Conv_0/bias", [2], [1, 2]),
  float32Weight("params/ConvTranspose_0/kernel", [2, 2, 2, 3], { length: 24, 1: 5 }),
  float32Weight("batch_stats/BatchNorm_0/mean", [2], [1, 2]),
];
const MAIN = "a.msgpack";
const GOOD = msgpack(flaxTree(WEIGHTS));

/** A leaf that says something else, or none at all. */
function leaf(random: Random, weight: Weight): Packed {
  const extents = [0, 1, 2, 3, 54, -1, 2 ** 31, 2 ** 32, 2 ** 53, 0.5];
  switch (random.below(9)) {
    case 0:
      return flaxArray(weight, {
        shape: Array.from({ length: random.below(7) }, () => random.pick(extents)),
      });
    case 1:
      return flaxArray(weight, {
        dtype: random.pick(["float64", "bfloat16", "bool", "int4", "complex128", "V2", "", "__proto__"]),
      });
    case 2:
      return flaxArray(weight, { extension: random.pick([0, 2, 3, 5, -1]) });
    case 3:
      return flaxChunks(weight, random.between(1, 60), random.pick([1, 2, 4, 8]));
    case 4:
      return random.pick<Packed>([
        null,
        true,
        7,
        -1,
        0.5,
        "text",
        { list: [] },
        { map: [] },
        { bytes: weight.bytes },
      ]);
    case 5:
      return {
        list: [flaxArray(weight), flaxArray(weight)],
        ...(random.chance(0.5) ? { count: random.below(9) } : {}),
      };
    case 6:
      return flaxTree(WEIGHTS, (inner) => flaxArray(inner));
    default:
      return flaxArray(weight);
  }
}

function structural(random: Random): Uint8Array<ArrayBuffer> {
  const names = [
    "params/Conv_0/kernel",
    "__proto__/constructor",
    "opt_state/mu",
    "target/x",
    "state/y",
    "a//b",
    "",
  ];
  const weights = WEIGHTS.map((weight) =>
    random.chance(0.2) ? { ...weight, name: random.pick(names) } : weight,
  );
  return msgpack(
    flaxTree(weights, (weight) => (random.chance(0.5) ? flaxArray(weight) : leaf(random, weight))),
  );
}

/** Flax: a tree of MessagePack. */
export const flaxFuzz: FuzzFormat = {
  name: "flax",
  slow: false,
  good: { main: MAIN, files: new Map([[MAIN, GOOD]]) },
  mutated: (random) => ({ main: MAIN, files: new Map([[MAIN, mutateBytes(random, GOOD)]]) }),
  structural: (random) => ({ main: MAIN, files: new Map([[MAIN, structural(random)]]) }),
};
