import type { Random } from "../random.ts";
import { type DarknetLayer, darknet } from "../writers/darknet.ts";
import { valuesOf, type Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** One random Darknet network of square kernels, some of them normalised; either of its two files is opened. */
export function randomDarknet(random: Random, fill: Fill): RandomModel {
  const names = { conv: "conv", depthwise: "conv", transposed: "deconv", separable: "conv" };
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank: 2, kinds: ["conv", "depthwise", "transposed"], dtypes: ["float32"] },
    (at, kind) => `${names[kind]}_${at}`,
  ).map((spec) => ({ ...spec, kernel: [spec.kernel[0]!, spec.kernel[0]!] }));
  const layers = specs.map((spec) => ({ spec, parts: partsOf(spec, fill, random.chance(0.5)) }));
  const kernels = layers.map(({ spec, parts }): ExpectedKernel => {
    const isUp = spec.kind === "transposed";
    const groups = spec.kind === "depthwise" ? spec.inputs : spec.groups;
    const kind = isUp ? "transposed" : groups > 1 && groups === spec.inputs ? "depthwise" : "conv";
    return { layer: spec.name, kind, ...canonical(parts.at(-1)!, isUp ? "IOHW" : "OIHW") };
  });
  return {
    label: `darknet ${specs.map(({ name, groups }) => `${name}/${groups}`).join(", ")}`,
    model: { main: random.pick(["net.cfg", "net.weights"]), files: darknet(layers) },
    weights: layers.flatMap(({ parts }) => parts),
    kernels,
  };
}

function partsOf(spec: LayerSpec, fill: Fill, normalised: boolean): DarknetLayer["parts"] {
  const { name, kind, inputs, outputs, kernel } = spec;
  const groups = kind === "depthwise" ? inputs : spec.groups;
  const shape = kind === "transposed" ? [inputs, outputs, ...kernel] : [outputs, inputs / groups, ...kernel];
  const leaves = normalised ? ["biases", "scales", "rolling_mean", "rolling_variance"] : ["biases"];
  const part = (leaf: string, extents: readonly number[]): Weight => ({
    name: `${name}.${leaf}`,
    dtype: "float32",
    shape: extents,
    bytes: fill("float32", valuesOf(extents)),
  });
  return [...leaves.map((leaf) => part(leaf, [outputs])), part("weights", shape)];
}
