import type { Random } from "../random.ts";
import { reach, torchScript } from "../writers/torchscript.ts";
import type { Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec, torchWeights } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

const DTYPES = ["float32", "float16", "bfloat16", "float64", "int8", "int16", "int32", "int64"];

/** The line that calls one layer, as tracing or as scripting writes it. */
function lineOf(random: Random, spec: LayerSpec, at: number, weight: string, bias: string): string {
  const { kind, rank, strides, dilation } = spec;
  const transposed = kind === "transposed";
  const groups = kind === "depthwise" ? spec.inputs : spec.groups;
  const input = at === 0 ? "x" : `v${at - 1}`;
  const zeros = strides.map(() => 0);
  const list = (values: readonly number[]): string => `[${values.join(", ")}]`;
  if (random.chance(0.4)) {
    const flag = transposed ? "True" : "False";
    return `v${at} = torch._convolution(${input}, ${weight}, ${bias}, ${list(strides)}, ${list(zeros)}, ${list(dilation)}, ${flag}, ${list(zeros)}, ${groups}, False, False, True, True)`;
  }
  if (transposed)
    return `v${at} = torch.conv_transpose${rank}d(${input}, ${weight}, ${bias}, ${list(strides)}, ${list(zeros)}, ${list(zeros)}, ${groups}, ${list(dilation)})`;
  return `v${at} = torch.conv${rank}d(${input}, ${weight}, ${bias}, ${list(strides)}, ${list(zeros)}, ${list(dilation)}, ${groups})`;
}

/** One random TorchScript archive; some of its weights lie in another order, some are constants of the code. */
export function randomTorchScript(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = DTYPES,
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const frozen = random.chance(0.3);
  const specs = randomSpecs(
    random,
    random.between(2, 5),
    { rank, kinds, dtypes: dtypes.map(() => random.pick(dtypes)) },
    (at) => `layers.${at}`,
  );
  const plain = specs.flatMap((spec) => torchWeights(spec, fill));
  const nameOf = (name: string): string =>
    frozen ? `CONSTANTS.c${plain.findIndex((weight) => weight.name === name)}` : name;
  const weights: Weight[] = plain.map((weight) => ({ ...weight, name: nameOf(weight.name) }));
  const said = (name: string): string => (frozen ? nameOf(name) : reach(name));
  const forward = specs.map((spec, at) =>
    lineOf(random, spec, at, said(`${spec.name}.weight`), spec.bias ? said(`${spec.name}.bias`) : "None"),
  );
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === nameOf(`${spec.name}.weight`))!;
    const order = (spec.kind === "transposed" ? "IO" : "OI") + ["W", "HW", "DHW"][rank - 1]!;
    const groups = spec.kind === "depthwise" ? spec.inputs : spec.groups;
    const single = spec.kind !== "transposed" && groups > 1 && weight.shape[1] === 1;
    const kind = spec.kind === "transposed" ? "transposed" : single ? "depthwise" : "conv";
    const layer = frozen ? weight.name : spec.name;
    return { layer, kind, ...canonical(weight, order, kind === "transposed" ? spec.groups : 1) };
  });
  const bytes = torchScript({
    weights: frozen ? [] : weights,
    constants: frozen ? weights : [],
    forward: [...forward, `return v${specs.length - 1}`],
    layoutOf: ({ shape }) =>
      random.chance(0.4) ? { order: shape.map((_, axis) => axis).reverse(), offset: random.below(3) } : {},
    deflate: random.chance(0.8),
  });
  return {
    label: `torchscript ${specs.map(({ name, kind, dtype, groups }) => `${name} ${kind}/${groups} ${dtype}`).join(", ")}`,
    model: { main: "model.pt", files: new Map([["model.pt", bytes]]) },
    weights,
    kernels,
  };
}
