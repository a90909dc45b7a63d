import type { Random } from "../random.ts";
import { type IrConvolution, openvino } from "../writers/openvino.ts";
import { valuesOf } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** One random OpenVINO network; either of its two files is opened. */
export function randomOpenvino(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = ["float32", "float16", "bfloat16", "int8", "uint8"],
): RandomModel {
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank, kinds: ["conv", "depthwise", "transposed"], dtypes: [random.pick(dtypes), random.pick(dtypes)] },
    (at, kind) => `${kind}/${at}`,
  );
  const layers = specs.map((spec) => convolutionOf(spec, fill));
  const spatial = ["W", "HW", "DHW"][rank - 1]!;
  const kernels = layers.map(({ spec, weight }): ExpectedKernel => {
    const isUp = spec.kind === "transposed";
    const grouped = weight.shape.length > rank + 2;
    const [groups, outer, ...rest] = weight.shape as [number, number, ...number[]];
    const joined = grouped ? { ...weight, shape: [groups * outer, ...rest] } : weight;
    const kind = isUp
      ? "transposed"
      : grouped && rest[0] === 1 && groups === spec.inputs
        ? "depthwise"
        : "conv";
    return {
      layer: spec.name,
      kind,
      ...canonical(joined, (isUp ? "IO" : "OI") + spatial, isUp && grouped ? groups : 1),
    };
  });
  return {
    label: `openvino ${specs.map(({ name, dtype, groups }) => `${name}/${groups} ${dtype}`).join(", ")}`,
    model: { main: random.pick(["net.xml", "net.bin"]), files: openvino(layers) },
    weights: layers.map(({ weight }) => weight),
    kernels,
  };
}

function convolutionOf(spec: LayerSpec, fill: Fill): IrConvolution {
  const { kind, inputs, outputs, kernel, dtype } = spec;
  const groups = kind === "depthwise" ? inputs : spec.groups;
  const channels =
    kind === "transposed" ? [inputs / groups, outputs / groups] : [outputs / groups, inputs / groups];
  const shape = [...(groups > 1 || kind === "depthwise" ? [groups] : []), ...channels, ...kernel];
  return { spec, weight: { name: `${spec.name}.weight`, dtype, shape, bytes: fill(dtype, valuesOf(shape)) } };
}
