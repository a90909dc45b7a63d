import type { Random } from "../random.ts";
import { type Pt2Node, pt2, pt2Value, tensorArgument, type ViewLies } from "../writers/pt2.ts";
import { SIZES, type Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, type LayerSpec, torchWeights } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** Dtypes of kernels that PyTorch exports. */
const DTYPES = [
  "float32",
  "float16",
  "bfloat16",
  "float64",
  "float8_e4m3fn",
  "float8_e5m2",
  "int8",
  "int16",
  "int32",
  "int64",
];

/** The operator of one layer, in one of the ways in which it may be exported. */
function nodeOf(random: Random, spec: LayerSpec, at: number): Pt2Node {
  const { kind, rank, groups, inputs, strides, dilation, name } = spec;
  const transposed = kind === "transposed";
  const own = kind === "depthwise" ? inputs : groups;
  const common = {
    input: tensorArgument(at === 0 ? "x" : `v${at - 1}`),
    weight: tensorArgument(pt2Value(`${name}.weight`)),
    bias: spec.bias ? tensorArgument(pt2Value(`${name}.bias`)) : { as_none: true },
    stride: { as_ints: strides },
    padding: { as_ints: strides.map(() => 0) },
  };
  const outputs = [`v${at}`];
  if (random.chance(0.3)) {
    const inputs = {
      ...common,
      dilation: { as_ints: dilation },
      transposed: { as_bool: transposed },
      output_padding: { as_ints: [0] },
      groups: { as_int: own },
    };
    return { target: "torch.ops.aten.convolution.default", inputs, outputs };
  }
  const target = transposed
    ? `torch.ops.aten.conv_transpose${rank}d.input`
    : `torch.ops.aten.conv${rank}d.default`;
  return { target, inputs: { ...common, dilation: { as_ints: dilation }, groups: { as_int: own } }, outputs };
}

/** A weight stored with its axes in another order, and what says so. */
function spread(random: Random, weight: Weight): { readonly stored: Weight; readonly lies: ViewLies } {
  const { shape, bytes, dtype } = weight;
  const size = SIZES[dtype]!;
  const order = shape.map((_, axis) => axis).sort(() => random.unit() - 0.5);
  const strides = shape.map(() => 1);
  let stride = 1;
  for (const axis of order.toReversed()) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const stored = new Uint8Array(bytes.length);
  for (let from = 0; from < bytes.length / size; from++) {
    let to = 0;
    for (let axis = shape.length - 1, rest = from; axis >= 0; axis--) {
      to += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    stored.set(bytes.subarray(from * size, from * size + size), to * size);
  }
  return { stored: { ...weight, bytes: stored }, lies: { strides } };
}

/** One random exported program; some of its weights lie in another order than their axes. */
export function randomPt2(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = DTYPES,
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const mixed = dtypes.map(() => random.pick(dtypes));
  const specs = randomSpecs(
    random,
    random.between(2, 5),
    { rank, kinds, dtypes: mixed },
    (at) => `layers.${at}`,
  );
  const weights = specs.flatMap((spec) => torchWeights(spec, fill));
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `${spec.name}.weight`)!;
    const order = (spec.kind === "transposed" ? "IO" : "OI") + ["W", "HW", "DHW"][rank - 1]!;
    const grouped = spec.kind === "transposed" ? spec.groups : 1;
    // A single input is a convolution of one group, however it was meant.
    const kind =
      spec.kind === "separable" || (spec.kind === "depthwise" && spec.inputs === 1) ? "conv" : spec.kind;
    const only = kind === "conv" && spec.groups > 1 && spec.inputs === spec.groups ? "depthwise" : kind;
    return { layer: spec.name, kind: only, ...canonical(weight, order, grouped) };
  });
  const lies = new Map<string, ViewLies>();
  const stored = weights.map((weight) => {
    if (random.chance(0.6)) return weight;
    const other = spread(random, weight);
    lies.set(weight.name, other.lies);
    return other.stored;
  });
  const nodes = specs.map((spec, at) => nodeOf(random, spec, at));
  const bytes = pt2({ weights: stored, nodes, outputs: [`v${nodes.length - 1}`], lies });
  return {
    label: `pt2 ${specs.map(({ name, kind, dtype, groups }) => `${name} ${kind}/${groups} ${dtype}`).join(", ")}`,
    model: { main: "model.pt2", files: new Map([["model.pt2", bytes]]) },
    weights,
    kernels,
  };
}
