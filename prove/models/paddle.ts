import type { Random } from "../random.ts";
import { opDesc, pdiparams, pdparams, programDesc, varDesc } from "../writers/paddle.ts";
import { encode } from "../writers/protobuf.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec, torchWeights } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

const DTYPES = ["float32", "float16", "bfloat16", "float64", "int8", "int16", "int32", "int64"];

/** The operator of one layer. */
function operatorOf(spec: LayerSpec, at: number) {
  const { kind, rank, groups, inputs, strides, dilation, name } = spec;
  const type =
    kind === "transposed"
      ? `conv${rank}d_transpose`
      : kind === "depthwise" && rank === 2
        ? "depthwise_conv2d"
        : `conv${rank}d`;
  const slots = {
    Input: at === 0 ? "x" : `v${at - 1}`,
    Filter: `${name}.weight`,
    ...(spec.bias ? { Bias: `${name}.bias` } : {}),
  };
  return opDesc(
    type,
    slots,
    { Output: `v${at}` },
    {
      strides,
      paddings: strides.map(() => 0),
      dilations: dilation,
      groups: kind === "depthwise" ? inputs : groups,
      padding_algorithm: "EXPLICIT",
      data_format: "NCHW",
    },
  );
}

/** One random program with its weights (2-D and 3-D), the weights given or the program. */
export function randomPaddle(
  random: Random,
  rank: 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = DTYPES,
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const specs = randomSpecs(
    random,
    random.between(2, 5),
    { rank, kinds, dtypes: dtypes.map(() => random.pick(dtypes)) },
    (at) => `layer_${at}`,
  );
  const weights = specs.flatMap((spec) => torchWeights(spec, fill));
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `${spec.name}.weight`)!;
    const groups = spec.kind === "depthwise" ? spec.inputs : spec.groups;
    const single = spec.kind !== "transposed" && groups > 1 && weight.shape[1] === 1;
    const kind = spec.kind === "transposed" ? "transposed" : single ? "depthwise" : "conv";
    const order = (kind === "transposed" ? "IO" : "OI") + ["HW", "DHW"][rank - 2]!;
    return { layer: spec.name, kind, ...canonical(weight, order, kind === "transposed" ? spec.groups : 1) };
  });
  const program = programDesc(
    weights.map((weight) => varDesc(weight)),
    specs.map(operatorOf),
  );
  const files = new Map([
    ["net.pdmodel", encode(program)],
    ["net.pdiparams", pdiparams(weights)],
  ]);
  return {
    label: `paddle ${specs.map(({ name, kind, dtype, groups }) => `${name} ${kind}/${groups} ${dtype}`).join(", ")}`,
    model: { main: random.pick([...files.keys()]), files },
    weights,
    kernels,
  };
}

/** Arrays of a state dict, some in pieces. */
export function randomPdparams(random: Random, fill: Fill): RandomModel {
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank: 2, kinds: ["conv"], dtypes: DTYPES.map(() => random.pick(DTYPES)) },
    (at) => `conv${at}`,
  );
  const weights = specs.flatMap((spec) => torchWeights(spec, fill));
  const bytes = pdparams(weights, () => random.chance(0.3));
  const label = `pdparams ${specs.map(({ name, dtype }) => `${name} ${dtype}`).join(", ")}`;
  return {
    label,
    model: { main: "a.pdparams", files: new Map([["a.pdparams", bytes]]) },
    weights,
    kernels: [],
  };
}
