import type { Random } from "../random.ts";
import { flaxArray, flaxChunks, flaxTree, msgpack } from "../writers/msgpack.ts";
import { SIZES, valuesOf, type Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec, type SpecKind } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** Dtypes of kernels that Flax writes under NumPy's and ml_dtypes' names. */
export const FLAX_DTYPES = [
  "float16",
  "bfloat16",
  "float32",
  "float64",
  "float8_e4m3fn",
  "float8_e5m2",
  "float8_e4m3fnuz",
  "float8_e5m2fnuz",
  "int8",
  "int16",
  "int32",
  "int64",
] as const;

const STEMS: Readonly<Record<SpecKind, string>> = {
  conv: "Conv",
  depthwise: "dwconv",
  transposed: "ConvTranspose",
  separable: "Conv",
};

/** Flax stores every kernel `…IO`; a depthwise one has one input, a transposed one its axes in the same order. */
function flaxWeights(spec: LayerSpec, fill: Fill): readonly Weight[] {
  const { kind, kernel, inputs, outputs, groups, dtype, name } = spec;
  const shape = [...kernel, kind === "depthwise" ? 1 : inputs / groups, outputs];
  const values = (extents: readonly number[]): Uint8Array<ArrayBuffer> => fill(dtype, valuesOf(extents));
  return [
    { name: `params/${name}/kernel`, dtype, shape, bytes: values(shape) },
    { name: `params/${name}/bias`, dtype, shape: [outputs], bytes: values([outputs]) },
  ];
}

/** One random Linen model, some of its arrays in pieces. */
export function randomFlax(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = FLAX_DTYPES,
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const specs = randomSpecs(
    random,
    random.between(2, 6),
    { rank, kinds, dtypes: dtypes.map(() => random.pick(dtypes)) },
    (at, kind) => `${STEMS[kind]}_${at}`,
  );
  const weights = specs.flatMap((spec) => flaxWeights(spec, fill));
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `params/${spec.name}/kernel`)!;
    const order = `${["W", "HW", "DHW"][rank - 1]!}IO`;
    const kind = spec.kind === "separable" ? "conv" : spec.kind;
    return { layer: `params/${spec.name}`, kind, ...canonical(weight, order) };
  });
  const bytes = msgpack(
    flaxTree(weights, (weight) =>
      random.chance(0.2)
        ? flaxChunks(weight, random.between(1, 40), SIZES[weight.dtype]!)
        : flaxArray(weight),
    ),
  );
  return {
    label: `flax ${specs.map(({ name, dtype }) => `${name} ${dtype}`).join(", ")}`,
    model: { main: "model.msgpack", files: new Map([["model.msgpack", bytes]]) },
    weights,
    kernels,
  };
}
