import { existsSync } from "node:fs";
import { join } from "node:path";
import { type LargeSize, largeModels, writeLarge } from "../prove/memory/large.ts";
import type { Contender } from "./measure.ts";
import type { Places, Row } from "./rows.ts";

/** A kernel of 14 MB behind a weight that is not read. */
const KERNEL = [3, 3, 512, 768] as const;
const LARGE: LargeSize = { kernel: KERNEL, rest: 6 * 1024 ** 3 };
/** The same kind of file, a thousandth as large. */
const SMALL: LargeSize = { kernel: [3, 3, 16, 24], rest: 6 * 1024 ** 2 };

/** The layer that is read, counted from 0: the same in every file of 500 MB. */
const LAYER = 20;

/** The rows about one kernel of a file of 500 MB, whose inputs are made by the peers. */
export function formatRows({ root, inputs, python }: Places): readonly Row[] {
  const peer = (label: string, reader: string, file: string, tensor: string): Contender => ({
    label,
    command: python ?? "python3",
    args: [join(root, "bench/peers/read_one.py"), reader, join(inputs, file), tensor],
  });
  const row = (
    name: string,
    needs: readonly string[],
    file: string,
    peers: readonly Contender[],
    reach: Row["reach"],
    absent: readonly string[] = [],
  ): Row => ({
    name: `500 MB ${name}: list, read 14 MB`,
    needs,
    absent,
    ours: {
      label: "kernelscope",
      command: process.execPath,
      args: [join(root, ".build/bench/read-one.js"), join(inputs, file), `#${LAYER}`],
    },
    peers,
    reach,
  });
  const tfjs = tfjsFolder(root);
  return [
    row(
      "PyTorch .pt",
      ["torch"],
      "big.pt",
      [peer("torch.load, mmap", "torch", "big.pt", `features.${LAYER}.weight`)],
      { wall: 0.12, rss: 90 },
    ),
    row("ONNX", ["onnx"], "big.onnx", [peer("onnx.load", "onnx", "big.onnx", `features.${LAYER}.weight`)], {
      wall: 0.15,
      rss: 90,
    }),
    row(
      "TFLite",
      ["tensorflow"],
      "big.tflite",
      [peer("tf.lite.Interpreter", "tflite", "big.tflite", String(LAYER))],
      { wall: 0.2 },
    ),
    row(
      "SavedModel",
      ["tensorflow"],
      "big_saved_model/saved_model.pb",
      [
        peer("tf.train.load_checkpoint", "checkpoint", "big_saved_model", String(LAYER)),
        peer("tf.saved_model.load", "saved_model", "big_saved_model", String(LAYER)),
      ],
      { wall: 0.2 },
    ),
    row(
      "TF.js",
      [],
      "big_tfjs/model.json",
      tfjs === null
        ? []
        : [
            {
              label: "tfjs-core decodeWeights",
              command: process.execPath,
              args: [
                join(root, "bench/peers/tfjs_read.mjs"),
                tfjs,
                join(inputs, "big_tfjs"),
                `conv3d_${LAYER}/kernel`,
              ],
            },
          ],
      { wall: 0.2 },
      tfjs === null ? ["@tensorflow/tfjs-core"] : [],
    ),
  ];
}

/** Where TensorFlow.js is installed: `KERNELSCOPE_BENCH_TFJS`, or the bench's own folder; null: nowhere. */
function tfjsFolder(root: string): string | null {
  const folder = process.env.KERNELSCOPE_BENCH_TFJS || join(root, ".bench/tfjs");
  return existsSync(join(folder, "node_modules/@tensorflow/tfjs-core")) ? folder : null;
}

/** The rows about listing a file of 6 GB, mostly holes, against one of 6 MB: the files that the memory proof has. */
export function largeRows({ root, inputs }: Places): readonly Row[] {
  const list = (label: string, size: string, main: string): Contender => ({
    label,
    command: process.execPath,
    args: [join(root, ".build/bench/list.js"), join(inputs, size, main)],
  });
  return largeModels(SMALL).map(({ main }) => ({
    name: `list 6 GB: ${main}`,
    needs: [],
    ours: list("kernelscope", "6GB", main),
    peers: [list("the same with 6 MB", "6MB", main)],
    reach: { wall: 1.2 },
  }));
}

/** Writes the files of `largeRows`; their holes take no room. */
export function makeLargeInputs({ inputs }: Places): void {
  for (const model of largeModels(LARGE)) writeLarge(join(inputs, "6GB"), model);
  for (const model of largeModels(SMALL)) writeLarge(join(inputs, "6MB"), model);
}
