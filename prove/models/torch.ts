import type { Random } from "../random.ts";
import { type Pickled, pickle } from "../writers/pickle.ts";
import {
  parameter,
  stateDict,
  type TorchLayout,
  type TorchTensor,
  torchEntries,
  torchModule,
  torchStream,
  torchTensor,
} from "../writers/torch.ts";
import { SIZES, type Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import {
  canonical,
  type ExpectedKernel,
  type Fill,
  type LayerSpec,
  randomLayer,
  torchWeights,
} from "./layer.ts";
import { type RandomModel, randomTorch } from "./random-model.ts";

function randomLayout(random: Random, { shape }: Weight): TorchLayout {
  const order = shape.map((_, axis) => axis);
  if (random.chance(0.5)) order.sort(() => random.unit() - 0.5);
  return { order, offset: random.chance(0.3) ? random.between(1, 9) : 0 };
}

/** One random state dict, its tensors laid out at will, as a zip (stored or deflated) or a stream. */
export function randomTorchFile(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = Object.keys(SIZES).filter((dtype) => !/complex|bool|uint/.test(dtype)),
): RandomModel {
  const drawn = Array.from({ length: 4 }, () => random.pick(dtypes));
  const base = randomTorch(random, rank, fill, drawn);
  const { root, tensors } = stateDict(base.weights!, (weight) => randomLayout(random, weight));
  const file = fileOf(random, root, tensors);
  return {
    ...base,
    label: `pt ${base.label}`,
    model: { main: "model.pt", files: new Map([["model.pt", file]]) },
  };
}

function fileOf(random: Random, root: Pickled, tensors: readonly TorchTensor[]): Uint8Array<ArrayBuffer> {
  const protocol = random.pick([2, 3, 4, 5]);
  if (random.chance(0.3)) return torchStream(pickle(root, protocol), tensors);
  const deflate = random.chance(0.2);
  const entries = torchEntries(root, tensors, { folder: random.pick(["archive/", "", "a b/"]), protocol });
  return zip(
    entries.map((entry) => ({ ...entry, deflate, descriptor: random.chance(0.3) })),
    { zip64: random.chance(0.5) },
  );
}

/** One random network of modules, each of which says what it is. */
export function randomTorchModule(random: Random, rank: 1 | 2 | 3, fill: Fill): RandomModel {
  const specs = (["conv", "depthwise", "transposed"] as const).map((kind, at): LayerSpec => {
    const inputs = 6;
    const spec = randomLayer(random, `layer_${at}`, inputs, { rank, kinds: [kind], dtype: "float32" });
    const groups = kind === "transposed" ? random.pick([1, 2, 3]) : spec.groups;
    return kind === "transposed" ? { ...spec, groups, outputs: groups * random.between(1, 3) } : spec;
  });
  const tensors: TorchTensor[] = [];
  const weights: Weight[] = [];
  const children = specs.map((spec) => {
    const own = torchWeights(spec, fill).map((weight) => {
      weights.push(weight);
      const tensor = torchTensor(weight, String(tensors.length), randomLayout(random, weight));
      tensors.push(tensor);
      return [weight.name.slice(spec.name.length + 1), parameter(tensor.node)] as const;
    });
    return [spec.name, torchConvolution(spec, own)] as const;
  });
  const root = torchModule(["__main__", "Net"], [], [], children);
  const spatial = ["W", "HW", "DHW"][rank - 1]!;
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `${spec.name}.weight`)!;
    const transposed = spec.kind === "transposed";
    const found = canonical(weight, (transposed ? "IO" : "OI") + spatial, transposed ? spec.groups : 1);
    const depthwise = spec.kind === "depthwise" || (spec.kind === "conv" && spec.groups === spec.inputs);
    const kind = transposed ? "transposed" : depthwise ? "depthwise" : "conv";
    return { layer: spec.name, kind, ...found };
  });
  return {
    label: `module ${specs.map(({ kind, groups }) => `${kind}${rank}d/${groups}`).join(", ")}`,
    model: { main: "model.pt", files: new Map([["model.pt", fileOf(random, root, tensors)]]) },
    weights,
    kernels,
  };
}

/** A convolution as `torch.nn.modules.conv` pickles it. */
export function torchConvolution(
  spec: LayerSpec,
  parameters: readonly (readonly [string, Pickled])[],
): Pickled {
  const { rank, kind } = spec;
  const transposed = kind === "transposed";
  const groups = kind === "depthwise" ? spec.inputs : spec.groups;
  const axes = (value: number): Pickled => ({ tuple: new Array<number>(rank).fill(value) });
  return torchModule(
    ["torch.nn.modules.conv", `Conv${transposed ? "Transpose" : ""}${rank}d`],
    [
      ["in_channels", spec.inputs],
      ["out_channels", spec.outputs],
      ["kernel_size", { tuple: spec.kernel }],
      ["stride", { tuple: spec.strides }],
      ["padding", axes(0)],
      ["dilation", { tuple: spec.dilation }],
      ["transposed", transposed],
      ["output_padding", axes(0)],
      ["groups", groups],
      ["padding_mode", "zeros"],
    ],
    parameters,
  );
}
