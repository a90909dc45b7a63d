import type { Random } from "../random.ts";
import { bigEndianGguf, GGUF_DTYPES, ggufOf, ggufParts } from "../writers/gguf.ts";
import { canonical, type ExpectedKernel, type Fill, torchWeights } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** One random GGUF file of PyTorch's layers, in either byte order. */
export function randomGguf(
  random: Random,
  rank: 1 | 2,
  fill: Fill,
  dtypes: readonly string[] = GGUF_DTYPES,
): RandomModel {
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank, kinds: ["conv"], dtypes: [random.pick(dtypes), random.pick(dtypes)] },
    (at) => `encoder.conv${at}`,
  );
  const weights = specs.flatMap((spec) => torchWeights(spec, fill));
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `${spec.name}.weight`)!;
    return { layer: spec.name, kind: "conv", ...canonical(weight, rank === 1 ? "OIW" : "OIHW") };
  });
  const turned = random.chance(0.3);
  const file = turned ? bigEndianGguf(weights) : ggufOf(ggufParts(weights, random.pick([8, 32, 64])));
  return {
    label: `gguf${turned ? " big-endian" : ""} ${specs.map(({ name, dtype }) => `${name} ${dtype}`).join(", ")}`,
    model: { main: "a.gguf", files: new Map([["a.gguf", file]]) },
    weights,
    kernels,
  };
}
