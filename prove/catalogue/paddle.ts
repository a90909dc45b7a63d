import {
  numpyNode,
  opDesc,
  pdiparams,
  pdparams,
  programDesc,
  tensorHead,
  varDesc,
} from "../writers/paddle.ts";
import { type Pickled, pickle } from "../writers/pickle.ts";
import { encode } from "../writers/protobuf.ts";
import { concat, float32Weight, little, type Weight } from "../writers/weight.ts";
import { type Case, fine, folder, refusal } from "./case.ts";

const KERNEL = float32Weight("conv.w_0", [4, 2, 3, 3], { length: 72 });
const BIAS = float32Weight("conv.b_0", [4], { length: 4 });
const WEIGHTS = [KERNEL, BIAS];
const CONV = opDesc(
  "conv2d",
  { Input: "x", Filter: "conv.w_0" },
  { Output: "y" },
  { strides: [1, 1], paddings: [0, 0], dilations: [1, 1], groups: 1 },
);
const program = (weights: readonly Weight[] = WEIGHTS, operator = CONV): Uint8Array<ArrayBuffer> =>
  encode(
    programDesc(
      weights.map((weight) => varDesc(weight)),
      [operator],
    ),
  );

/** A program and weights that do not belong together. */
function pair(
  name: string,
  code: Case["code"] & string,
  weights: Uint8Array<ArrayBuffer> | null,
  desc = program(),
): Case {
  return folder(
    name,
    "a.pdmodel",
    { "a.pdmodel": desc, ...(weights === null ? {} : { "a.pdiparams": weights }) },
    code,
  );
}

const piece = (length: number): Pickled => numpyNode(float32Weight("", [length], { length }));
const pieces = (shape: readonly number[], slices: readonly string[]): Uint8Array<ArrayBuffer> =>
  pickle({
    dict: [
      ["w@@.0", piece(40)],
      ["w@@.1", piece(32)],
      [
        "UnpackBigParamInfor@@",
        {
          dict: [
            [
              "w",
              {
                dict: [
                  ["OriginShape", { tuple: shape }],
                  ["slices", { list: slices }],
                ],
              },
            ],
          ],
        },
      ],
    ],
  });
const head = tensorHead(BIAS);

/** Files of PaddlePaddle that contradict themselves or each other. */
export const paddleCases: readonly Case[] = [
  pair("no weights beside the program", "missing-sibling", null),
  pair("weights of another shape", "malformed", pdiparams([{ ...KERNEL, shape: [2, 4, 3, 3] }, BIAS])),
  pair("weights of another dtype", "malformed", pdiparams([{ ...KERNEL, dtype: "int32" }, BIAS])),
  pair("weights that go on", "malformed", concat([pdiparams(WEIGHTS), little(0, 4)])),
  pair("weights that end early", "truncated", pdiparams([BIAS])),
  pair("weights cut in their values", "truncated", pdiparams(WEIGHTS).slice(0, -4)),
  pair("a head of another version", "malformed", concat([little(1, 4), pdiparams(WEIGHTS).slice(4)])),
  pair(
    "a head of 2^60 levels",
    "malformed",
    concat([little(0, 4), little(2n ** 60n, 8), pdiparams(WEIGHTS).slice(12)]),
  ),
  pair(
    "a level longer than the file",
    "malformed",
    concat([little(0, 4), little(1, 8), little(2n ** 40n, 8), pdiparams(WEIGHTS)]),
  ),
  pair(
    "a description of -1 bytes",
    "malformed",
    concat([little(0, 16), little(-1, 4), head, pdiparams(WEIGHTS)]),
  ),
  pair(
    "groups that do not divide the outputs",
    "malformed",
    pdiparams(WEIGHTS),
    program(WEIGHTS, opDesc("conv2d", { Input: "x", Filter: "conv.w_0" }, { Output: "y" }, { groups: 3 })),
  ),
  pair(
    "a kernel of another rank than the operator",
    "malformed",
    pdiparams(WEIGHTS),
    program(WEIGHTS, opDesc("conv3d", { Input: "x", Filter: "conv.w_0" }, { Output: "y" })),
  ),
  pair(
    "an operator without a filter",
    "malformed",
    pdiparams(WEIGHTS),
    program(WEIGHTS, opDesc("conv2d", { Input: "x" }, { Output: "y" })),
  ),
  pair("a program that is cut", "truncated", pdiparams(WEIGHTS), program().slice(0, -9)),
  refusal("weights without their program", "b.pdiparams", pdiparams(WEIGHTS), "missing-sibling"),
  folder(
    "a parameter of the new kind without a name",
    "a.json",
    {
      "a.json":
        '{"base_code":{"magic":"pir","version":4},"program":{"regions":[{"#":"region_0","blocks":[{"#":"block_0","ops":[{"#":"p","A":[],"O":{"%":1}}]}]}]}}',
      "a.pdiparams": pdiparams(WEIGHTS),
    },
    "malformed",
  ),
  refusal("a state without arrays", "a.pdparams", pickle({ dict: [["x", 1]] }), "unsupported"),
  refusal("an optimizer's state", "a.pdopt", pdparams(WEIGHTS), "unsupported"),
  refusal("a piece that is missing", "a.pdparams", pieces([4, 2, 3, 3], ["w@@.0", "w@@.2"]), "malformed"),
  refusal("pieces that do not add up", "a.pdparams", pieces([4, 2, 3, 4], ["w@@.0", "w@@.1"]), "malformed"),
  refusal("a piece twice", "a.pdparams", pieces([4, 2, 3, 3], ["w@@.0", "w@@.0"]), "malformed"),
  refusal("a state that is cut", "a.pdparams", pdparams(WEIGHTS).slice(0, -30), "truncated"),
  fine("pieces of one array", "a.pdparams", pieces([4, 2, 3, 3], ["w@@.0", "w@@.1"])),
];
