import { checkArrays, checkKernels } from "./compare.ts";
import { sourceOf } from "./files.ts";
import { checkFixtures } from "./fixtures.ts";
import { randomCaffe } from "./models/caffe.ts";
import { randomCoreml } from "./models/coreml.ts";
import { randomDarknet } from "./models/darknet.ts";
import { randomFlax } from "./models/flax.ts";
import { randomGguf } from "./models/gguf.ts";
import { randomFill } from "./models/layer.ts";
import { randomMatlab } from "./models/matlab.ts";
import { randomOnnx } from "./models/onnx.ts";
import { randomOpenvino } from "./models/openvino.ts";
import { randomPaddle, randomPdparams } from "./models/paddle.ts";
import { randomPt2 } from "./models/pt2.ts";
import {
  KERAS_DTYPES,
  type RandomModel,
  randomArrays,
  randomKeras,
  randomTorch,
} from "./models/random-model.ts";
import { randomTensorFlow } from "./models/tensorflow.ts";
import { randomTflite } from "./models/tflite.ts";
import { randomTorchFile, randomTorchModule } from "./models/torch.ts";
import { randomTorchScript } from "./models/torchscript.ts";
import { withModel } from "./observe.ts";
import type { Proof, Tally } from "./proof.ts";

/** Dtypes of PyTorch weights that can be kernels. */
const TORCH_DTYPES = [
  "float32",
  "float16",
  "bfloat16",
  "float64",
  "float8_e4m3fn",
  "float8_e5m2",
  "float8_e4m3fnuz",
  "float8_e5m2fnuz",
  "int8",
  "int16",
  "int32",
  "int64",
];

/** Reads a random model and compares all of it with what was written. */
async function checkModel({ label, model, weights, kernels }: RandomModel, tally: Tally): Promise<void> {
  try {
    await withModel(sourceOf(model), async (opened) => {
      if (weights !== null) await checkArrays(opened, weights, tally, label);
      if (kernels.length > 0) await checkKernels(opened, kernels, tally, label);
    });
  } catch (error) {
    tally.check(false, () => `${label}: ${error instanceof Error ? error.stack : error}`);
  }
}

export const values: Proof = {
  name: "values",
  promise: "Every value equals the one that was written, to the bit, in every format, dtype and rank.",
  async run({ random, tally, amount }) {
    for (let i = 0; i < amount(300, 20_000); i++)
      await checkModel(randomArrays(random.fork(`arrays ${i}`)), tally);
    for (let i = 0; i < amount(60, 4_000); i++) {
      const own = random.fork(`torch ${i}`);
      const rank = own.pick([1, 2, 3] as const);
      const dtypes = Array.from({ length: 4 }, () => own.pick(TORCH_DTYPES));
      await checkModel(randomTorch(own, rank, randomFill(own), dtypes), tally);
    }
    for (let i = 0; i < amount(60, 4_000); i++) {
      const own = random.fork(`flax ${i}`);
      await checkModel(randomFlax(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
      await checkModel(randomPaddle(own, own.pick([2, 3] as const), randomFill(own)), tally);
      await checkModel(randomPdparams(own, randomFill(own)), tally);
      await checkModel(randomPt2(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
      await checkModel(randomTorchScript(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
    }
    for (let i = 0; i < amount(60, 4_000); i++) {
      const own = random.fork(`onnx ${i}`);
      await checkModel(randomOnnx(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
      await checkModel(randomCaffe(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
      await checkModel(randomCoreml(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
    }
    for (let i = 0; i < amount(60, 4_000); i++) {
      const own = random.fork(`engines ${i}`);
      await checkModel(randomTflite(own, own.pick([2, 3] as const), randomFill(own)), tally);
      await checkModel(randomGguf(own, own.pick([1, 2] as const), randomFill(own)), tally);
      await checkModel(randomOpenvino(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
      await checkModel(randomDarknet(own, randomFill(own)), tally);
      await checkModel(randomTensorFlow(own, own.pick([1, 2, 3] as const), randomFill(own)), tally);
      await checkModel(randomMatlab(own, own.pick([2, 3] as const), randomFill(own)), tally);
    }
    for (let i = 0; i < amount(60, 4_000); i++) {
      const own = random.fork(`pytorch ${i}`);
      const rank = own.pick([1, 2, 3] as const);
      await checkModel(randomTorchFile(own, rank, randomFill(own)), tally);
      await checkModel(randomTorchModule(own, rank, randomFill(own)), tally);
    }
    for (let i = 0; i < amount(3, 400); i++) {
      const own = random.fork(`keras ${i}`);
      const rank = ((i % 3) + 1) as 1 | 2 | 3;
      const dtypes = Array.from({ length: 6 }, () => own.pick(KERAS_DTYPES));
      for (const model of randomKeras(own, rank, randomFill(own), dtypes)) await checkModel(model, tally);
    }
    await checkFixtures(tally, amount(8, Number.POSITIVE_INFINITY));
  },
};
