import { createRandom } from "../random.ts";
import { matlab, matlabArray, matlabStruct } from "../writers/matlab.ts";
import { float32Weight } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateTree } from "./hdf5.ts";

const MAIN = "a.mat";
const random = createRandom("matlab");
const values = Array.from({ length: 36 }, () => random.normal());
const TREE = {
  kind: "group" as const,
  members: [
    [
      "conv",
      matlabStruct([
        ["Weights", matlabArray(float32Weight("w", [2, 2, 3, 3], values))],
        ["Bias", matlabArray(float32Weight("b", [2], [1, 2]))],
        ["name", matlabArray({ name: "n", dtype: "int16", shape: [4, 1], bytes: random.bytes(8) }, "char")],
      ]),
    ] as const,
  ],
};
const GOOD = matlab(TREE);

function one(bytes: Uint8Array<ArrayBuffer>): FuzzFormat["good"] {
  return { main: MAIN, files: new Map([[MAIN, bytes]]) };
}

/** MATLAB's HDF5: structs of arrays and texts. */
export const matlabFuzz: FuzzFormat = {
  name: "matlab",
  slow: true,
  good: one(GOOD),
  mutated: (own) => one(mutateBytes(own, GOOD)),
  structural: (own) => one(matlab(mutateTree(own, TREE))),
};
