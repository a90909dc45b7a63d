import { randomDarknet } from "../models/darknet.ts";
import { indexFill, randomFill } from "../models/layer.ts";
import { randomOpenvino } from "../models/openvino.ts";
import type { ModelFiles } from "../models/random-model.ts";
import { createRandom, type Random } from "../random.ts";
import { type GgufEntry, type GgufPair, ggufOf, ggufParts } from "../writers/gguf.ts";
import { float32Weight, little, utf8 } from "../writers/weight.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";

const GGUF = ggufParts([
  float32Weight("encoder.conv1.weight", [2, 3, 3], { length: 18 }),
  float32Weight("conv.weight", [2, 1, 3, 3], { length: 18 }),
]);
const NUMBERS = [0, 1, 2, 4, 5, 31, 2 ** 31, 2 ** 53, 2n ** 63n, 2n ** 64n - 1n];

function structuralGguf(random: Random): Uint8Array<ArrayBuffer> {
  const any = (): number | bigint => random.pick(NUMBERS);
  const entries = GGUF.entries.map((entry): GgufEntry => {
    if (!random.chance(0.5)) return entry;
    const extents = entry.extents.map((extent) => (random.chance(0.3) ? any() : extent));
    if (random.chance(0.2)) extents.push(any());
    return {
      name: random.chance(0.1) ? "conv.weight" : entry.name,
      extents,
      type: random.chance(0.4) ? random.below(42) : entry.type,
      offset: random.chance(0.3) ? any() : entry.offset,
    };
  });
  const pairs = GGUF.pairs.map((pair): GgufPair => {
    if (!random.chance(0.4)) return pair;
    const [key, type, value] = pair;
    const bytes = random.chance(0.5) ? mutateBytes(random, value) : little(any(), 8);
    return [random.chance(0.1) ? "tokens" : key, random.chance(0.4) ? random.below(15) : type, bytes];
  });
  return ggufOf({
    ...GGUF,
    entries,
    pairs,
    ...(random.chance(0.1) ? { tensorCount: any() } : {}),
    ...(random.chance(0.1) ? { pairCount: any() } : {}),
    ...(random.chance(0.1) ? { version: random.below(5) } : {}),
  });
}

const gguf: FuzzFormat = {
  name: "gguf",
  slow: false,
  good: one("a.gguf", ggufOf(GGUF)),
  mutated: (random) => one("a.gguf", mutateBytes(random, ggufOf(GGUF))),
  structural: (random) => one("a.gguf", structuralGguf(random)),
};

function one(main: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles {
  return { main, files: new Map([[main, bytes]]) };
}

/** A text that some of its parts (words, numbers, tags) are changed in. */
function mutateText(random: Random, text: string, parts: RegExp, odd: readonly string[]): string {
  const pieces = text.split(parts);
  for (let changes = random.between(1, 4); changes > 0; changes--) {
    const at = random.below(pieces.length);
    const choice = random.below(4);
    if (choice === 0) pieces.splice(at, 1);
    else if (choice === 1) pieces.splice(at, 0, random.pick(pieces));
    else if (choice === 2) pieces[at] = random.pick(pieces);
    else pieces[at] = random.pick(odd);
  }
  return pieces.join("");
}

/** A format of two files: bytes of either change, or the text of the one that states the network. */
function paired(
  name: string,
  model: ModelFiles,
  text: string,
  parts: RegExp,
  odd: readonly string[],
): FuzzFormat {
  const replaced = (file: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles => ({
    ...model,
    files: new Map([...model.files, [file, bytes]]),
  });
  return {
    name,
    slow: false,
    good: model,
    mutated(random) {
      const file = random.pick([...model.files.keys()]);
      return replaced(file, mutateBytes(random, model.files.get(file)!));
    },
    structural(random) {
      const words = new TextDecoder().decode(model.files.get(text)!);
      return replaced(text, utf8(mutateText(random, words, parts, odd)));
    },
  };
}

const NET = randomOpenvino(createRandom("openvino fuzz"), 2, indexFill, ["float32"]).model;
const DARKNET = randomDarknet(
  createRandom("darknet fuzz"),
  randomFill(createRandom("darknet weights")),
).model;

/** Formats of engines: one file, or a network and its weights. */
export const engineFuzz: readonly FuzzFormat[] = [
  gguf,
  paired("openvino", { ...NET, main: "net.xml" }, "net.xml", /(?<=[<>"= ,])/, [
    '"-1"',
    '"999999999999"',
    '"1e300"',
    '"NaN"',
    "<dim>",
    "</layer>",
    '<body><layers><layer id="0"',
    "&amp;",
    "&#xd800;",
    "<!--",
    "]]>",
    'type="Multiply"',
    'type="Const"',
    'type="Transpose"',
    'precision="FP16"',
    'shape=""',
    "<blobs><weights offset='0' size='4'/></blobs>",
    "<!DOCTYPE x>",
  ]),
  paired("darknet", { ...DARKNET, main: "net.weights" }, "net.cfg", /(?<=[\n=])/, [
    "-1\n",
    "0\n",
    "999999999999999\n",
    "[route]\nlayers=-1,-99\n",
    "[upsample]\nstride=1000000\n",
    "[maxpool]\nsize=0\nstride=0\n",
    "[local]\nfilters=3\n",
    "[connected]\noutput=1e9\n",
    "[crnn]\n",
    "[lstm]\n",
    "[net]\n",
    "#",
    "=",
    "flipped=1\n",
    "share_index=0\n",
  ]),
];
