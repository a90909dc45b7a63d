import { checkKernels } from "./compare.ts";
import { sourceOf } from "./files.ts";
import { randomCaffe } from "./models/caffe.ts";
import { randomCoreml } from "./models/coreml.ts";
import { randomDarknet } from "./models/darknet.ts";
import { randomFlax } from "./models/flax.ts";
import { randomGguf } from "./models/gguf.ts";
import { canonical, type ExpectedKernel, indexFill, randomLayer, torchWeights } from "./models/layer.ts";
import { randomMatlab } from "./models/matlab.ts";
import { randomOnnx } from "./models/onnx.ts";
import { randomOpenvino } from "./models/openvino.ts";
import { randomPaddle } from "./models/paddle.ts";
import { randomPt2 } from "./models/pt2.ts";
import { type RandomModel, randomKeras } from "./models/random-model.ts";
import { randomTensorFlow } from "./models/tensorflow.ts";
import { randomTflite } from "./models/tflite.ts";
import { randomTorchFile, randomTorchModule } from "./models/torch.ts";
import { randomTorchScript } from "./models/torchscript.ts";
import { withModel } from "./observe.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";
import type { Random } from "./random.ts";
import { npy } from "./writers/npy.ts";
import { safetensors } from "./writers/safetensors.ts";
import { valuesOf, type Weight } from "./writers/weight.ts";
import { zip } from "./writers/zip.ts";

const RANKS = [1, 2, 3] as const;

/** Every order of `letters`. */
function permutations(letters: string): readonly string[] {
  if (letters.length <= 1) return [letters];
  return [...letters].flatMap((letter, at) =>
    permutations(letters.slice(0, at) + letters.slice(at + 1)).map((rest) => letter + rest),
  );
}

/** Kernels of every order of the axes, told by letters, as an array of its own. */
function toldOrders(random: Random): readonly RandomModel[] {
  return ["W", "HW", "DHW"].flatMap((spatial) =>
    ["OI", "IM"].flatMap((channels) =>
      permutations(spatial + channels).map((order) => toldOrder(random.fork(order), order)),
    ),
  );
}

function toldOrder(random: Random, order: string): RandomModel {
  // Extents that differ from each other: a swapped pair of axes cannot hide.
  const extents = [2, 3, 4, 5, 6].sort(() => random.unit() - 0.5);
  const shape = [...order].map((_, at) => extents[at]!);
  const weight: Weight = {
    name: "kernel",
    dtype: "float32",
    shape,
    bytes: indexFill("float32", valuesOf(shape)),
  };
  const found = canonical(weight, order);
  const kind = order.includes("M") ? "depthwise" : /^IO|OI$/.test(order) ? "transposed" : "conv";
  const kernels: ExpectedKernel[] = [{ layer: "kernel", kind, ...found }];
  const bytes = npy(weight, { fortran: random.chance(0.5), bigEndian: random.chance(0.5) });
  const [main, file] = random.chance(0.5)
    ? (["kernel.npy", bytes] as const)
    : (["kernels.npz", zip([{ name: "kernel.npy", bytes, deflate: random.chance(0.5) }])] as const);
  const model = { main, files: new Map([[main, file]]), axisOrder: order };
  return { label: `${main} as ${order} [${shape}]`, model, weights: null, kernels };
}

/** One PyTorch layer per kind and rank; transposed ones with groups as well. */
function torchKinds(random: Random, rank: 1 | 2 | 3): readonly RandomModel[] {
  const stems = { conv: "conv", depthwise: "dwconv", transposed: "deconv" } as const;
  return (["conv", "depthwise", "transposed"] as const).flatMap((kind) =>
    [1, 2, 3].map((groups): RandomModel => {
      const inputs = 6;
      const plain = randomLayer(random, stems[kind], inputs, { rank, kinds: [kind], dtype: "float32" });
      const grouped = kind !== "depthwise" && groups > 1;
      const spec = grouped ? { ...plain, groups, outputs: groups * 4, bias: true } : { ...plain, bias: true };
      const weights = torchWeights(spec, indexFill);
      const order = (kind === "transposed" ? "IO" : "OI") + ["W", "HW", "DHW"][rank - 1]!;
      const found = canonical(weights[0]!, order, kind === "transposed" && grouped ? groups : 1);
      const bytes = safetensors(weights, { format: "pt" });
      return {
        label: `torch ${kind}${rank}d, groups ${spec.groups}, [${weights[0]!.shape}]`,
        model: { main: "model.safetensors", files: new Map([["model.safetensors", bytes]]) },
        weights: null,
        kernels: [{ layer: spec.name, kind, ...found }],
      };
    }),
  );
}

async function checkAxes({ label, model, kernels }: RandomModel, tally: Tally): Promise<void> {
  try {
    const options = model.axisOrder === undefined ? {} : { axisOrder: model.axisOrder };
    await withModel(sourceOf(model), (opened) => checkKernels(opened, kernels, tally, label), options);
  } catch (error) {
    tally.check(false, () => `${label}: ${error instanceof Error ? error.stack : error}`);
  }
}

export const axes: Proof = {
  name: "axes",
  promise:
    "Every weight lands at [out, inPerGroup, depth, height, width], for every kind of layer and axis order.",
  async run({ random, tally, amount }: ProofContext) {
    for (const model of toldOrders(random)) await checkAxes(model, tally);
    for (const rank of RANKS) {
      for (let i = 0; i < amount(4, 400); i++) {
        for (const model of torchKinds(random.fork(`torch ${rank} ${i}`), rank))
          await checkAxes(model, tally);
      }
      for (let i = 0; i < amount(4, 400); i++) {
        await checkAxes(
          randomCoreml(random.fork(`coreml ${rank} ${i}`), rank, indexFill, ["float32"]),
          tally,
        );
        await checkAxes(randomCaffe(random.fork(`caffe ${rank} ${i}`), rank, indexFill, ["float32"]), tally);
        await checkAxes(randomOnnx(random.fork(`onnx ${rank} ${i}`), rank, indexFill, ["float32"]), tally);
        await checkAxes(
          randomTorchScript(random.fork(`torchscript ${rank} ${i}`), rank, indexFill, ["float32"]),
          tally,
        );
        await checkAxes(
          randomTensorFlow(random.fork(`tensorflow ${rank} ${i}`), rank, indexFill, ["float32"]),
          tally,
        );
        if (rank !== 1)
          await checkAxes(
            randomPaddle(random.fork(`paddle ${rank} ${i}`), rank, indexFill, ["float32"]),
            tally,
          );
        await checkAxes(randomPt2(random.fork(`pt2 ${rank} ${i}`), rank, indexFill, ["float32"]), tally);
        await checkAxes(randomFlax(random.fork(`flax ${rank} ${i}`), rank, indexFill, ["float32"]), tally);
      }
      for (let i = 0; i < amount(4, 400) && rank !== 1; i++) {
        const own = random.fork(`tflite ${rank} ${i}`);
        await checkAxes(randomTflite(own, rank, indexFill, ["float32"]), tally);
      }
      for (let i = 0; i < amount(4, 400); i++) {
        const own = random.fork(`engines ${rank} ${i}`);
        await checkAxes(randomOpenvino(own, rank, indexFill, ["float32"]), tally);
        if (rank !== 3) await checkAxes(randomGguf(own, rank, indexFill, ["float32"]), tally);
        if (rank === 2) await checkAxes(randomDarknet(own, indexFill), tally);
        if (rank !== 1) await checkAxes(randomMatlab(own, rank, indexFill, ["float32"]), tally);
      }
      for (let i = 0; i < amount(4, 400); i++) {
        const own = random.fork(`pytorch ${rank} ${i}`);
        await checkAxes(randomTorchFile(own, rank, indexFill, ["float32"]), tally);
        await checkAxes(randomTorchModule(own, rank, indexFill), tally);
      }
      for (let i = 0; i < amount(1, 60); i++) {
        for (const model of randomKeras(random.fork(`keras ${rank} ${i}`), rank, indexFill, ["float32"])) {
          await checkAxes(model, tally);
        }
      }
    }
  },
};
