import type { Random } from "../random.ts";
import { coreml } from "../writers/coreml.ts";
import { blobValue, constOp, convOp, mlpackage, programModel, weightFile } from "../writers/mil.ts";
import type { Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec, torchWeights } from "./layer.ts";
import { type ModelFiles, type RandomModel, randomSpecs } from "./random-model.ts";

/** One random Core ML model: a neural network, or a program in a package. */
export function randomCoreml(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = ["float32", "float16"],
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const isProgram = rank === 1 || random.chance(0.5);
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank, kinds, dtypes: dtypes.map(() => random.pick(dtypes)) },
    (at, kind) => `${kind}${at}`,
  );
  const weights = new Map(specs.map((spec) => [spec, torchWeights(spec, fill)]));
  const spatial = ["W", "HW", "DHW"][rank - 1]!;
  const kernels = specs.map((spec): ExpectedKernel => {
    const [weight] = weights.get(spec)!;
    const isUp = spec.kind === "transposed";
    const groups = groupsOf(spec);
    const kind = isUp ? "transposed" : groups > 1 && weight!.shape[1] === 1 ? "depthwise" : "conv";
    return {
      layer: spec.name,
      kind,
      ...canonical(weight!, (isUp ? "IO" : "OI") + spatial, isUp ? groups : 1),
    };
  });
  const model: ModelFiles = isProgram
    ? { main: "Manifest.json", files: program(specs, (spec) => weights.get(spec)![0]!) }
    : { main: "net.mlmodel", files: new Map([["net.mlmodel", coreml(specs, (spec) => weights.get(spec)!)]]) };
  return {
    label: `coreml ${isProgram ? "program" : "network"} ${specs.map(({ name, dtype, groups }) => `${name}/${groups} ${dtype}`).join(", ")}`,
    model,
    weights: null,
    kernels,
  };
}

function groupsOf({ kind, inputs, groups }: LayerSpec): number {
  return kind === "depthwise" ? inputs : groups;
}

function program(
  specs: readonly LayerSpec[],
  weightOf: (spec: LayerSpec) => Weight,
): Map<string, Uint8Array<ArrayBuffer>> {
  const { bytes, offsets } = weightFile(specs.map(weightOf));
  const operations = specs.flatMap((spec, at) => {
    const weight = weightOf(spec);
    const numbers = { strides: spec.strides, dilations: spec.dilation, groups: [groupsOf(spec)] };
    return [
      constOp(weight.name, blobValue(weight, offsets[at]!)),
      convOp(spec.name, weight.name, numbers, spec.kind === "transposed"),
    ];
  });
  return mlpackage(programModel(operations), bytes);
}
