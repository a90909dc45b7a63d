import type { Random } from "../random.ts";
import { caffe } from "../writers/caffe.ts";
import { canonical, type ExpectedKernel, type Fill, torchWeights } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** One random Caffe net in one of the two forms of its layers. */
export function randomCaffe(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = ["float32", "float64"],
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const old = rank === 2 && random.chance(0.5);
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
    const groups = spec.kind === "depthwise" ? spec.inputs : spec.groups;
    const kind = isUp ? "transposed" : groups > 1 && weight!.shape[1] === 1 ? "depthwise" : "conv";
    return {
      layer: spec.name,
      kind,
      ...canonical(weight!, (isUp ? "IO" : "OI") + spatial, isUp ? groups : 1),
    };
  });
  const all = [...weights].flatMap(([spec, own]) =>
    own.map((weight, at) => ({ ...weight, name: `${spec.name}[${at}]` })),
  );
  const bytes = caffe(specs, (spec) => weights.get(spec)!, old);
  return {
    label: `caffe${old ? " of old" : ""} ${specs.map(({ name, dtype, groups }) => `${name}/${groups} ${dtype}`).join(", ")}`,
    model: { main: "net.caffemodel", files: new Map([["net.caffemodel", bytes]]) },
    weights: all,
    kernels,
  };
}
