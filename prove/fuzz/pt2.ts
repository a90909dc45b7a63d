import { createRandom, type Random } from "../random.ts";
import {
  type Pt2Parts,
  pt2Config,
  pt2Entries,
  pt2Program,
  pt2Value,
  tensorArgument,
} from "../writers/pt2.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateJson } from "./json.ts";

const random = createRandom("pt2 seeds");
const normal = (length: number): number[] => Array.from({ length }, () => random.normal());
const value = (name: string): unknown => tensorArgument(pt2Value(name));
const PARTS: Pt2Parts = {
  weights: [
    float32Weight("a.weight", [4, 2, 3, 3], normal(72)),
    float32Weight("a.bias", [4], normal(4)),
    float32Weight("bn.mean", [4], normal(4)),
    float32Weight("bn.var", [4], normal(4)),
    float32Weight("up.weight", [4, 3, 2, 2], normal(48)),
    float32Weight("flat", [6, 2], normal(12)),
  ],
  nodes: [
    {
      target: "torch.ops.aten.conv2d.default",
      inputs: {
        input: tensorArgument("x"),
        weight: value("a.weight"),
        bias: value("a.bias"),
        stride: { as_ints: [2, 2] },
      },
      outputs: ["c"],
    },
    {
      target: "torch.ops.aten.batch_norm.default",
      inputs: {
        input: tensorArgument("c"),
        running_mean: value("bn.mean"),
        running_var: value("bn.var"),
        training: { as_bool: false },
        eps: { as_float: 1e-5 },
      },
      outputs: ["b"],
    },
    {
      target: "torch.ops.aten.conv_transpose2d.input",
      inputs: { input: tensorArgument("b"), weight: value("up.weight"), groups: { as_int: 2 } },
      outputs: ["u"],
    },
    {
      target: "torch.ops.aten.permute.default",
      inputs: { self: value("flat"), dims: { as_ints: [1, 0] } },
      outputs: ["f"],
    },
  ],
  outputs: ["u"],
};
const MAIN = "a.pt2";
const ENTRIES = pt2Entries(PARTS);
const GOOD = zip(ENTRIES);

/** One of the archive's two JSON texts with some changes. */
function structural(random: Random): Uint8Array<ArrayBuffer> {
  const changed = random.chance(0.6)
    ? (["models/model.json", mutateJson(random, pt2Program(PARTS))] as const)
    : (["model_weights_config.json", mutateJson(random, pt2Config(PARTS))] as const);
  return zip(
    ENTRIES.map((entry) =>
      String(entry.name).endsWith(changed[0])
        ? { ...entry, bytes: utf8(changed[1]), deflate: random.chance(0.2) }
        : entry,
    ),
  );
}

/** PyTorch's exported programs. */
export const pt2Fuzz: FuzzFormat = {
  name: "pt2",
  slow: false,
  good: { main: MAIN, files: new Map([[MAIN, GOOD]]) },
  mutated: (random) => ({ main: MAIN, files: new Map([[MAIN, mutateBytes(random, GOOD)]]) }),
  structural: (random) => ({ main: MAIN, files: new Map([[MAIN, structural(random)]]) }),
};
