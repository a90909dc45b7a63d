import { randomFill, randomLayer } from "../models/layer.ts";
import { createRandom } from "../random.ts";
import { ints, number, table, tables, vector } from "../writers/flatbuffer.ts";
import { tflite, tfliteTree } from "../writers/tflite.ts";
import { concat, float32Weight, little } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import { mutateFlat } from "./flatbuffer.ts";
import type { FuzzFormat } from "./formats.ts";

const MAIN = "a.tflite";
const random = createRandom("tflite");
const SPEC = {
  ...randomLayer(random, "conv", 2, { rank: 2, kinds: ["conv"], dtype: "float16" }),
  outputs: 2,
  groups: 1,
};
const DENSE = {
  spec: SPEC,
  kernel: {
    weight: { name: "k", dtype: "float16", shape: [2, 3, 3, 2], bytes: randomFill(random)("float16", 36) },
  },
};
const QUANTISED = {
  spec: SPEC,
  kernel: {
    weight: { name: "q", dtype: "int8", shape: [2, 3, 3, 2], bytes: random.bytes(36) },
    scales: [0.5, 0.25],
    zeros: [1, -1],
    axis: 0,
  },
};
const DENSE_TREE = tfliteTree([DENSE, QUANTISED]);

/** A kernel [2, 1, 1, 4] of which three values are stored: dense, dense, dense, then compressed. */
const dimension = (extent: number) => table([0, number(0, 1)], [1, number(extent, 4)]);
const SPARSITY = table(
  [0, ints([0, 1, 2, 3])],
  [
    2,
    tables([
      dimension(2),
      dimension(1),
      dimension(1),
      table(
        [0, number(1, 1)],
        [2, number(3, 1)],
        [3, table([0, vector(Uint8Array.of(0, 2, 3))])],
        [4, number(2, 1)],
        [5, table([0, vector(concat([1, 3, 0].map((place) => little(place, 2))), 2)])],
      ),
    ]),
  ],
);
const SPARSE_TREE = sparseTree();

function sparseTree() {
  const tree = tfliteTree([
    { spec: SPEC, kernel: { weight: float32Weight("s", [2, 1, 1, 4], { length: 3 }) } },
  ]);
  return withSparsity(tree);
}

/** Gives the tensor with a buffer its sparsity (field 6). */
function withSparsity(tree: ReturnType<typeof tfliteTree>): ReturnType<typeof tfliteTree> {
  if (tree.kind === "tables") return { ...tree, items: tree.items.map(withSparsity) };
  if (tree.kind !== "table") return tree;
  const isKernel =
    tree.fields.some(([field, value]) => field === 2 && value.kind === "number") &&
    tree.fields.some(([field]) => field === 3);
  const fields = tree.fields.map(
    ([field, value]) => [field, value.kind === "number" ? value : withSparsity(value)] as const,
  );
  return { ...tree, fields: isKernel ? [...fields, [6, SPARSITY] as const] : fields };
}

function attacked(name: string, tree: ReturnType<typeof tfliteTree>): FuzzFormat {
  const good = tflite(tree);
  const one = (bytes: Uint8Array<ArrayBuffer>) => ({ main: MAIN, files: new Map([[MAIN, bytes]]) });
  return {
    name,
    slow: false,
    good: one(good),
    mutated: (own) => one(mutateBytes(own, good)),
    structural: (own) => one(tflite(mutateFlat(own, tree))),
  };
}

/** Dense and quantised kernels, and a sparse one. */
export const tfliteFuzz: readonly FuzzFormat[] = [
  attacked("tflite", DENSE_TREE),
  attacked("sparse tflite", SPARSE_TREE),
];
