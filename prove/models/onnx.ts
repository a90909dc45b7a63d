import type { Random } from "../random.ts";
import { onnx, type TensorForm } from "../writers/onnx.ts";
import { concat, type Weight } from "../writers/weight.ts";
import { canonical, type ExpectedKernel, type Fill, torchWeights } from "./layer.ts";
import { type RandomModel, randomSpecs } from "./random-model.ts";

/** Types of kernels that are compared: what ONNX can hold and a kernel can be read of. */
const ONNX_DTYPES = [
  "float16",
  "bfloat16",
  "float32",
  "float64",
  "float8_e4m3fn",
  "float8_e5m2",
  "float8_e4m3fnuz",
  "float8_e5m2fnuz",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "int64",
] as const;

/** One random ONNX model: its tensors raw, typed or in a file beside it. */
export function randomOnnx(
  random: Random,
  rank: 1 | 2 | 3,
  fill: Fill,
  dtypes: readonly string[] = ONNX_DTYPES,
): RandomModel {
  const kinds = ["conv", "depthwise", "transposed"] as const;
  const specs = randomSpecs(
    random,
    random.between(1, 5),
    { rank, kinds, dtypes: dtypes.map(() => random.pick(dtypes)) },
    (at, kind) => `${kind}${at}`,
  );
  const weights = specs.flatMap((spec) => torchWeights(spec, fill));
  const spatial = ["W", "HW", "DHW"][rank - 1]!;
  const kernels = specs.map((spec): ExpectedKernel => {
    const weight = weights.find(({ name }) => name === `${spec.name}.weight`)!;
    const isUp = spec.kind === "transposed";
    const depthwise = spec.kind === "depthwise" && spec.inputs > 1;
    const kind = isUp
      ? "transposed"
      : depthwise || (spec.groups > 1 && weight.shape[1] === 1)
        ? "depthwise"
        : "conv";
    return {
      layer: spec.name,
      kind,
      ...canonical(weight, (isUp ? "IO" : "OI") + spatial, isUp ? spec.groups : 1),
    };
  });
  const data: Uint8Array[] = [];
  let offset = 0;
  const place = ({ bytes }: Weight): TensorForm => {
    const form = random.pick(["raw", "raw", "typed", "external"] as const);
    if (form !== "external") return form;
    const at = offset;
    data.push(bytes);
    offset += bytes.length;
    return { location: "model.onnx.data", offset: at };
  };
  const files = new Map([["model.onnx", onnx(specs, weights, place)]]);
  files.set("model.onnx.data", concat(data));
  return {
    label: `onnx ${specs.map(({ name, dtype, groups }) => `${name}/${groups} ${dtype}`).join(", ")}`,
    model: { main: "model.onnx", files },
    weights,
    kernels,
  };
}
