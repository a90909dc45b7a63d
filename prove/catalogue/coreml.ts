import { networkModel, weightParams } from "../writers/coreml.ts";
import {
  type BlobLies,
  blobValue,
  constOp,
  convOp,
  mlpackage,
  programModel,
  weightFile,
} from "../writers/mil.ts";
import { encode, message, type ProtoMessage, packed } from "../writers/protobuf.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { type Case, fine, refusal } from "./case.ts";

const FILE = "a.mlmodel";
const KERNEL = float32Weight("w", [2, 1, 3, 3], { length: 18 });
const HONEST = weightParams(KERNEL);

/** A network whose convolution has these weights, or other parameters. */
function network(
  weights: ProtoMessage,
  change: Readonly<Record<number, number>> = {},
): Uint8Array<ArrayBuffer> {
  const number = (field: number, value: number): readonly [number, number] => [field, change[field] ?? value];
  const parameters = message(
    number(1, 2),
    number(2, 1),
    number(10, 1),
    [20, packed([3, 3])],
    [50, message()],
    [90, weights],
  );
  return encode(networkModel([message([1, "conv"], [2, "x"], [3, "y"], [100, parameters])]));
}

function lie(name: string, weights: ProtoMessage): Case {
  return refusal(name, FILE, network(weights), "unsupported", "read");
}

const linear = (scales: number, bits: number): ProtoMessage =>
  message(
    [30, new Uint8Array(Math.ceil((18 * bits) / 8))],
    [
      40,
      message(
        [1, bits],
        [
          101,
          message(
            [1, float32Weight("", [scales], { length: scales }).bytes],
            [2, float32Weight("", [scales], { length: scales }).bytes],
          ),
        ],
      ),
    ],
  );

/** A program in a package, its weight file or the place of its kernel told otherwise. */
function program(name: string, code: Case["code"], lies: BlobLies, at: Case["at"] = "read"): Case {
  const { bytes, offsets } = weightFile([KERNEL], lies);
  const model = programModel([
    constOp("w", blobValue(KERNEL, offsets[0]!, lies)),
    convOp("conv", "w", {}, false),
  ]);
  return { name, main: "Manifest.json", files: mlpackage(model, bytes), at, code };
}

function packaged(name: string, code: Case["code"] & string, path: string): Case {
  const { bytes, offsets } = weightFile([KERNEL]);
  const model = programModel([constOp("w", blobValue(KERNEL, offsets[0]!)), convOp("conv", "w", {}, false)]);
  return { name, main: "Manifest.json", files: mlpackage(model, bytes, path), at: "open", code };
}

function pipelines(depth: number): Uint8Array<ArrayBuffer> {
  let model = networkModel([]);
  for (let i = 0; i < depth; i++) model = message([1, 4], [2, message()], [202, message([1, model])]);
  return encode(model);
}

/** Core ML models that contradict themselves or can be read in two ways. */
export const coremlCases: readonly Case[] = [
  refusal("cut inside weights", FILE, network(HONEST).slice(0, -20), "truncated"),
  refusal("bytes behind the model", FILE, concat([network(HONEST), new Uint8Array(3)]), "malformed"),
  refusal("pipelines nested 70 deep", FILE, pipelines(70), "limit"),
  lie("no values", message()),
  lie("a value too few", message([1, KERNEL.bytes.subarray(4)])),
  lie("values twice, in two types", message([1, KERNEL.bytes], [2, KERNEL.bytes.subarray(0, 36)])),
  lie("two scales for three filters", linear(3, 8)),
  lie("nine bits a value", linear(1, 9)),
  lie("dynamic arithmetic", message([31, new Uint8Array(18)])),
  lie(
    "a palette that is too small",
    message([30, new Uint8Array(18)], [40, message([1, 8], [102, message([1, new Uint8Array(8)])])]),
  ),
  fine("a scale for each filter", FILE, network(linear(2, 8))),
  fine("five bits a value", FILE, network(linear(1, 5))),
  fine("groups that do not divide", FILE, network(HONEST, { 1: 2, 10: 3 })),
  fine("a network of nothing", FILE, encode(networkModel([]))),
  program("a program and its weights", null, {}, "fine"),
  program("no constant where one should be", "malformed", { sentinel: 0x1234 }),
  program("a constant of another length", "malformed", { size: 71 }),
  program("a constant beyond the file", "truncated", { start: 2 ** 40 }),
  program("metadata beyond the file", "truncated", { offset: 2 ** 30 }),
  program("metadata before the file", "truncated", { offset: -64 }),
  program("weights by a path up", "refused", { file: "@model_path/weights/../../secret" }),
  program("weights by an absolute path", "refused", { file: "/etc/passwd" }),
  program("weights at an address", "refused", { file: "https://localhost/weight.bin" }),
  program("weights in another folder", "refused", { file: "@model_path/weight.bin" }),
  program("weights that are not there", "missing-sibling", { file: "@model_path/weights/other.bin" }),
  packaged("a model by a path up", "refused", "../model.mlmodel"),
  packaged("a model by an absolute path", "refused", "/etc/passwd"),
  packaged("a model that is not there", "missing-sibling", "com.apple.CoreML/other.mlmodel"),
  {
    ...refusal(
      "a manifest without a root",
      "Manifest.json",
      utf8('{"fileFormatVersion":"1.0.0","itemInfoEntries":{}}'),
      "malformed",
    ),
  },
  refusal(
    "a manifest with a root twice",
    "Manifest.json",
    '{"fileFormatVersion":"1.0.0","itemInfoEntries":{"1":{"path":"a"}},"rootModelIdentifier":"1","rootModelIdentifier":"1"}',
    "ambiguous",
  ),
];
