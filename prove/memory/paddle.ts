import { opDesc, programDesc, tensorHead, varDesc } from "../writers/paddle.ts";
import { encode } from "../writers/protobuf.ts";
import { kernelBytes, type LargeModel, type LargeSize } from "./large.ts";

/** A program with one dense weight that fills the file of weights, and a convolution behind it. */
export function largePaddle(size: LargeSize): LargeModel {
  const dense = { name: "a_dense", dtype: "float32", shape: [size.rest / 4096, 1024] };
  const kernel = { name: "b_conv", dtype: "float32", shape: size.kernel.toReversed() };
  const conv = opDesc("conv2d", { Input: "x", Filter: "b_conv" }, { Output: "y" }, { groups: 1 });
  const program = encode(programDesc([varDesc(dense), varDesc(kernel)], [conv]));
  const [first, second] = [tensorHead(dense), tensorHead(kernel)];
  const at = first.length + size.rest;
  const weights = {
    size: at + second.length + kernelBytes(size),
    pieces: [
      { offset: 0, bytes: first },
      { offset: at, bytes: second },
    ],
  };
  return {
    main: "large.pdmodel",
    files: new Map([
      ["large.pdmodel", { size: program.length, pieces: [{ offset: 0, bytes: program }] }],
      ["large.pdiparams", weights],
    ]),
  };
}
