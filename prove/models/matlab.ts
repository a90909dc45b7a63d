import type { Random } from "../random.ts";
import { MATLAB_DTYPES, matlab, matlabArray, matlabStruct } from "../writers/matlab.ts";
import { valuesOf, type Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill } from "./layer.ts";
import type { RandomModel } from "./random-model.ts";

/** Random arrays as the Deep Learning Toolbox names them, [height, width, (depth,) in, out] in MATLAB's axes. */
export function randomMatlab(
  random: Random,
  rank: 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = MATLAB_DTYPES,
): RandomModel {
  const order = rank === 2 ? "OIWH" : "OIDWH";
  const weights = Array.from({ length: random.between(1, 4) }, (_, at): Weight => {
    const dtype = random.pick(dtypes);
    // Two of each at least: MATLAB drops last axes of extent 1, and its first here is the outputs.
    const shape = [...order].map(() => random.between(2, 5));
    return { name: `conv${at}.Weights`, dtype, shape, bytes: fill(dtype, valuesOf(shape)) };
  });
  const members = weights.map(
    (weight, at) => [`conv${at}`, matlabStruct([["Weights", matlabArray(weight)]])] as const,
  );
  return {
    label: `matlab ${weights.map(({ dtype, shape }) => `${dtype} [${shape}]`).join(", ")}`,
    model: {
      main: "a.mat",
      files: new Map([["a.mat", matlab({ kind: "group", members })]]),
    },
    weights: null,
    kernels: weights.map(
      (weight): ExpectedKernel => ({
        layer: weight.name,
        kind: "conv",
        ...canonical(weight, order),
      }),
    ),
  };
}
