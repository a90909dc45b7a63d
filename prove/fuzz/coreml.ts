import { randomLayer, torchWeights } from "../models/layer.ts";
import { createRandom, type Random } from "../random.ts";
import { convLayerMessage, networkModel } from "../writers/coreml.ts";
import { blobValue, constOp, convOp, mlpackage, programModel, weightFile } from "../writers/mil.ts";
import { encode, message } from "../writers/protobuf.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateJson } from "./json.ts";
import { mutateProto } from "./protobuf.ts";

const MODEL = "a.mlmodel";
const random = createRandom("coreml seeds");
const LAYERS = ([2, 3] as const).flatMap((rank) =>
  (["conv", "transposed", "depthwise"] as const).map((kind) => {
    const spec = randomLayer(random, `${kind}${rank}`, 2, { rank, kinds: [kind], dtype: "float32" });
    return convLayerMessage(
      spec,
      torchWeights(spec, (_, count) => new Uint8Array(count * 4).fill(3)),
    );
  }),
);
/** Three bits a value, dequantised by a scale. */
const QUANTISED = message(
  [1, "small"],
  [2, "x"],
  [3, "z"],
  [
    100,
    message(
      [1, 2],
      [2, 1],
      [50, message()],
      [
        90,
        message(
          [30, new Uint8Array(7).fill(0x5a)],
          [
            40,
            message(
              [1, 3],
              [101, message([1, float32Weight("", [1], [2]).bytes], [2, float32Weight("", [1], [1]).bytes])],
            ),
          ],
        ),
      ],
    ),
  ],
);
const NETWORK = networkModel([...LAYERS, QUANTISED]);
const GOOD = encode(NETWORK);

const KERNEL = float32Weight("w", [2, 2, 3], { length: 12 });
const { bytes: WEIGHTS, offsets } = weightFile([KERNEL]);
const PROGRAM = programModel([
  constOp("w", blobValue(KERNEL, offsets[0]!)),
  convOp("conv", "w", { strides: [1], groups: [1] }, false),
  convOp("up", "w", { strides: [2], groups: [2] }, true),
]);
const PACKAGE = mlpackage(PROGRAM, WEIGHTS);
const [MANIFEST, INNER] = ["Manifest.json", "Data/com.apple.CoreML/model.mlmodel"] as const;

/** The package with some file of it replaced. */
function inPackage(path: string, bytes: Uint8Array<ArrayBuffer>): FuzzFormat["good"] {
  return { main: MANIFEST, files: new Map([...PACKAGE, [path, bytes]]) };
}

function one(bytes: Uint8Array<ArrayBuffer>): FuzzFormat["good"] {
  return { main: MODEL, files: new Map([[MODEL, bytes]]) };
}

/** Core ML's neural networks and its programs in packages. */
export const coremlFuzz: FuzzFormat = {
  name: "coreml",
  slow: false,
  good: { main: MANIFEST, files: PACKAGE },
  mutated(own: Random) {
    if (own.chance(0.5)) return one(mutateBytes(own, GOOD));
    const path = own.pick([...PACKAGE.keys()]);
    return inPackage(path, mutateBytes(own, PACKAGE.get(path)!));
  },
  structural(own: Random) {
    if (own.chance(0.5)) return one(encode(mutateProto(own, NETWORK)));
    if (own.chance(0.8)) return inPackage(INNER, encode(mutateProto(own, PROGRAM)));
    return inPackage(
      MANIFEST,
      utf8(mutateJson(own, JSON.parse(new TextDecoder().decode(PACKAGE.get(MANIFEST))))),
    );
  },
};
