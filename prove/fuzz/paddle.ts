import type { ModelFiles } from "../models/random-model.ts";
import type { Random } from "../random.ts";
import { opDesc, pdiparams, pdparams, pirProgram, programDesc, varDesc } from "../writers/paddle.ts";
import { encode } from "../writers/protobuf.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateJson } from "./json.ts";
import { mutateProto } from "./protobuf.ts";

const WEIGHTS = [
  float32Weight("a.w_0", [4, 2, 3, 3], { length: 72, 5: 1 }),
  float32Weight("a.b_0", [4], [1, 2, 3, 4]),
  float32Weight("mean", [4], [1, 2, 3, 4]),
  float32Weight("up.w_0", [4, 3, 2, 2], { length: 48, 7: 2 }),
  float32Weight("line.w_0", [2, 6, 3], { length: 36 }),
];
const PROGRAM = programDesc(
  [
    ...WEIGHTS.map((weight) => varDesc(weight)),
    varDesc({ name: "l", dtype: "float32", shape: [2, 6, 1, 3] }, false),
  ],
  [
    opDesc(
      "conv2d",
      { Input: "x", Filter: "a.w_0" },
      { Output: "c" },
      { strides: [2, 1], paddings: [1, 1, 2, 2], groups: 1 },
    ),
    opDesc("elementwise_add", { X: "c", Y: "a.b_0" }, { Out: "d" }, { axis: 1 }),
    opDesc(
      "batch_norm",
      { X: "c", Mean: "mean", Variance: "mean" },
      { Y: "n" },
      { epsilon: { float: 1e-5 }, is_test: true },
    ),
    opDesc(
      "conv2d_transpose",
      { Input: "n", Filter: "up.w_0" },
      { Output: "u" },
      { groups: 2, padding_algorithm: "SAME" },
    ),
    opDesc("unsqueeze2", { X: "line.w_0" }, { Out: "l" }, { axes: [2] }),
    opDesc("conv2d", { Input: "u", Filter: "l" }, { Output: "o" }, { strides: [1, 1] }),
  ],
);
const GOOD = new Map([
  ["a.pdmodel", encode(PROGRAM)],
  ["a.pdiparams", pdiparams(WEIGHTS)],
]);
const withFile = (name: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles => ({
  main: "a.pdmodel",
  files: new Map([...GOOD, [name, bytes]]),
});

/** A program and its weights. */
const programs: FuzzFormat = {
  name: "paddle",
  slow: false,
  good: { main: "a.pdmodel", files: GOOD },
  mutated: (random: Random) => {
    const name = random.pick([...GOOD.keys()]);
    return withFile(name, mutateBytes(random, GOOD.get(name)!));
  },
  structural: (random: Random) => withFile("a.pdmodel", encode(mutateProto(random, PROGRAM))),
};

const STATE = pdparams(WEIGHTS, ({ name }) => name === "up.w_0");
const one = (bytes: Uint8Array<ArrayBuffer>): ModelFiles => ({
  main: "a.pdparams",
  files: new Map([["a.pdparams", bytes]]),
});

/** A state dict, of which bytes of the pickle are changed, or what it says of its arrays. */
const states: FuzzFormat = {
  name: "pdparams",
  slow: false,
  good: one(STATE),
  mutated: (random: Random) => one(mutateBytes(random, STATE)),
  structural: (random: Random) => {
    const weights = WEIGHTS.map((weight) =>
      random.chance(0.3)
        ? {
            ...weight,
            name: random.pick(["a.w_0", "__proto__", "", "x@@.0", "up.w_0@@.1"]),
            shape: random.pick([[72], [2 ** 40], [0], [4, 2, 3, 3], []]),
          }
        : weight,
    );
    return one(pdparams(weights, () => random.chance(0.2)));
  },
};

const PIR = pirProgram(WEIGHTS);
const PIR_FILES = new Map([
  ["a.json", utf8(JSON.stringify(PIR))],
  ["a.pdiparams", pdiparams(WEIGHTS)],
]);

/** A program of the newer kind. */
const newer: FuzzFormat = {
  name: "paddle pir",
  slow: false,
  good: { main: "a.json", files: PIR_FILES },
  mutated: (random: Random) => ({
    main: "a.json",
    files: new Map([...PIR_FILES, ["a.json", mutateBytes(random, PIR_FILES.get("a.json")!)]]),
  }),
  structural: (random: Random) => ({
    main: "a.json",
    files: new Map([...PIR_FILES, ["a.json", utf8(mutateJson(random, PIR))]]),
  }),
};

/** Every kind of file of PaddlePaddle. */
export const paddleFuzz: readonly FuzzFormat[] = [programs, newer, states];
