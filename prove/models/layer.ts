import type { Random } from "../random.ts";
import { SIZES, valuesOf, type Weight } from "../writers/weight.ts";
import { decodeByDefinition } from "./decode.ts";

/** The convolutions that a random model is made of. */
export type SpecKind = "conv" | "depthwise" | "transposed" | "separable";

/** One convolution, framework-free. */
export interface LayerSpec {
  readonly name: string;
  readonly kind: SpecKind;
  readonly rank: 1 | 2 | 3;
  readonly inputs: number;
  /** Output channels; of a depthwise layer inputs * multiplier. */
  readonly outputs: number;
  readonly multiplier: number;
  readonly groups: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly bias: boolean;
  readonly dtype: string;
}

/** A stored kernel and where it must be found. */
export interface ExpectedKernel {
  readonly layer: string;
  readonly kind: "conv" | "depthwise" | "transposed";
  /** [out, inPerGroup, depth, height, width]. */
  readonly shape: readonly number[];
  readonly weights: Float32Array | Float64Array;
  /** The bits of each weight, where the dtype keeps them (float32, bfloat16): NaN has many forms. */
  readonly words: Uint32Array | null;
}

/** Fills the bytes of a weight: random, or each value its own index. */
export type Fill = (dtype: string, count: number) => Uint8Array<ArrayBuffer>;

/** Random bits of any value of the dtype, NaN and infinities among them; 64-bit integers stay exact in a float64. */
export function randomFill(random: Random): Fill {
  return (dtype, count) => {
    if (dtype === "bool") return Uint8Array.from({ length: count }, () => random.below(2));
    if (dtype === "int64" || dtype === "uint64") {
      const values = Array.from({ length: count }, () => BigInt(random.uint32()) << BigInt(random.below(20)));
      return new Uint8Array(BigInt64Array.from(values).buffer);
    }
    return random.bytes(count * SIZES[dtype]!);
  };
}

/** Every value is its index in the stored order, so that a wrong axis shows at once. float32 only. */
export const indexFill: Fill = (_dtype, count) =>
  new Uint8Array(Float32Array.from({ length: count }, (_, index) => index).buffer);

/** A layer that reads `inputs` channels. */
export function randomLayer(
  random: Random,
  name: string,
  inputs: number,
  options: { readonly rank: 1 | 2 | 3; readonly kinds: readonly SpecKind[]; readonly dtype: string },
): LayerSpec {
  const { rank, dtype } = options;
  const kind = random.pick(options.kinds);
  const divisors = [1, 2, 3, 4, 5, 6].filter((n) => inputs % n === 0);
  const groups = kind === "conv" && random.chance(0.4) ? random.pick(divisors) : 1;
  const multiplier = kind === "depthwise" || kind === "separable" ? random.between(1, 3) : 1;
  const outputs = kind === "depthwise" ? inputs * multiplier : groups * random.between(1, 4);
  const strided = random.chance(0.5);
  const axis = (high: number): number[] => Array.from({ length: rank }, () => random.between(1, high));
  const same = random.between(2, 3);
  return {
    name,
    kind,
    rank,
    inputs,
    outputs,
    multiplier,
    groups,
    kernel: axis(rank === 3 ? 4 : 5),
    // Keras wants equal strides for depthwise layers, and strides or dilation, never both.
    strides: new Array<number>(rank).fill(strided ? same : 1),
    dilation: new Array<number>(rank).fill(strided || kind === "transposed" ? 1 : random.between(1, 2)),
    bias: random.chance(0.8),
    dtype,
  };
}

function filled(name: string, dtype: string, shape: readonly number[], fill: Fill): Weight {
  return { name, dtype, shape, bytes: fill(dtype, valuesOf(shape)) };
}

/** The layer's weights as Keras stores them, in Keras's order, named by their role. */
export function kerasWeights(spec: LayerSpec, fill: Fill): readonly Weight[] {
  const { kind, kernel, inputs, outputs, multiplier, groups, dtype } = spec;
  const shapes: [string, readonly number[]][] = {
    conv: (): [string, number[]][] => [["kernel", [...kernel, inputs / groups, outputs]]],
    transposed: (): [string, number[]][] => [["kernel", [...kernel, outputs, inputs]]],
    depthwise: (): [string, number[]][] => [["depthwise_kernel", [...kernel, inputs, multiplier]]],
    separable: (): [string, number[]][] => [
      ["depthwise_kernel", [...kernel, inputs, multiplier]],
      ["pointwise_kernel", [...kernel.map(() => 1), inputs * multiplier, outputs]],
    ],
  }[kind]();
  if (spec.bias) shapes.push(["bias", [outputs]]);
  return shapes.map(([role, shape]) => filled(role, dtype, shape, fill));
}

/** The layer's weights as PyTorch stores them: `NAME.weight` and `NAME.bias`. */
export function torchWeights(spec: LayerSpec, fill: Fill): readonly Weight[] {
  const { name, kind, kernel, inputs, outputs, groups, dtype } = spec;
  const shape =
    kind === "transposed"
      ? [inputs, outputs / groups, ...kernel]
      : [outputs, kind === "depthwise" ? 1 : inputs / groups, ...kernel];
  const weights = [filled(`${name}.weight`, dtype, shape, fill)];
  return spec.bias ? [...weights, filled(`${name}.bias`, dtype, [outputs], fill)] : weights;
}

/** What the kernels among Keras weights must look like once read. */
export function expectedFromKeras(spec: LayerSpec, weights: readonly Weight[]): readonly ExpectedKernel[] {
  const spatial = ["W", "HW", "DHW"][spec.rank - 1]!;
  return weights.flatMap((weight) => {
    if (weight.name === "bias") return [];
    const depthwise = weight.name === "depthwise_kernel";
    const order = spatial + (depthwise ? "IM" : spec.kind === "transposed" ? "OI" : "IO");
    const kind = depthwise ? "depthwise" : spec.kind === "transposed" ? "transposed" : "conv";
    return [{ layer: spec.name, kind, ...canonical(weight, order) } as const];
  });
}

/** Moves values to [out, inPerGroup, depth, height, width], one at a time, by the meaning of the letters. */
export function canonical(
  weight: Weight,
  order: string,
  groups = 1,
): Pick<ExpectedKernel, "shape" | "weights" | "words"> {
  const stored = decodeByDefinition(weight);
  const extent = (letter: string): number => weight.shape[order.indexOf(letter)] ?? 1;
  const multiplier = order.includes("M") ? extent("M") : null;
  const grouped = groups > 1; // of a transposed layer: the file holds the outputs of one group
  const outs = multiplier === null ? extent("O") * (grouped ? groups : 1) : extent("I") * multiplier;
  const ins = multiplier === null ? extent("I") / (grouped ? groups : 1) : 1;
  const shape = [outs, ins, extent("D"), extent("H"), extent("W")];
  const weights =
    stored instanceof Float32Array ? new Float32Array(stored.length) : new Float64Array(stored.length);
  const wordAt = wordsOf(weight);
  const words = wordAt === null ? null : new Uint32Array(stored.length);
  let to = 0;
  for (let out = 0; out < outs; out++) {
    for (let input = 0; input < ins; input++) {
      for (let d = 0; d < shape[2]!; d++) {
        for (let h = 0; h < shape[3]!; h++) {
          for (let w = 0; w < shape[4]!; w++) {
            const group = Math.floor(out / extent("O"));
            const place: Record<string, number> =
              multiplier !== null
                ? { I: Math.floor(out / multiplier), M: out % multiplier, D: d, H: h, W: w }
                : {
                    O: grouped ? out % extent("O") : out,
                    I: grouped ? group * ins + input : input,
                    D: d,
                    H: h,
                    W: w,
                  };
            let from = 0;
            for (const [axis, letter] of [...order].entries())
              from = from * weight.shape[axis]! + place[letter]!;
            if (words !== null) words[to] = wordAt!(from);
            weights[to++] = stored[from]!;
          }
        }
      }
    }
  }
  return { shape, weights, words };
}

/** The 32 bits of a stored value once it is a float32; null for dtypes that are converted. */
function wordsOf({ dtype, bytes }: Weight): ((index: number) => number) | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === "float32") return (index) => view.getUint32(index * 4, true);
  if (dtype === "bfloat16") return (index) => view.getUint16(index * 2, true) * 65_536;
  return null;
}
