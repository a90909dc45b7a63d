import { sourceOf } from "../files.ts";
import { withModel } from "../observe.ts";
import { opDesc, pdiparams, programDesc, varDesc } from "../writers/paddle.ts";
import { encode, message } from "../writers/protobuf.ts";
import { float32Weight } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

const KERNEL = float32Weight("w", [4, 2, 3, 3], { length: 72 });

/** A program of exactly so many bytes: a field that nobody knows fills it. */
function sized(bytes: number): Uint8Array<ArrayBuffer> {
  const plain = programDesc(
    [varDesc(KERNEL)],
    [opDesc("conv2d", { Input: "x", Filter: "w" }, { Output: "y" })],
  );
  const without = encode(plain).length;
  // A tag, a length of four bytes, and the filling.
  const filling = new Uint8Array(bytes - without - 1 - 4);
  return encode(message(...plain.fields, [15, filling]));
}

/** Limits of PaddlePaddle. */
export const paddleLimits: readonly LimitTest[] = [
  {
    constant: "PROGRAM_MOST",
    passed: "limit",
    meets: (amount) => {
      const files = new Map([
        ["a.pdmodel", sized(amount)],
        ["a.pdiparams", pdiparams([KERNEL])],
      ]);
      return withModel(sourceOf({ main: "a.pdmodel", files }), async () => null);
    },
  },
];
