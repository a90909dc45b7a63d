import { createRandom, type Random } from "../random.ts";
import { reach, type ScriptParts, scriptEntries, torchScript } from "../writers/torchscript.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";

const random = createRandom("torchscript seeds");
const normal = (length: number): number[] => Array.from({ length }, () => random.normal());
const [A, UP] = [reach("a.weight"), reach("up.weight")];
const LINES = [
  "def helper(x: Tensor, w: Tensor, n: int=2) -> Tensor:",
  "  if torch.eq(n, 2):",
  "    y = torch.conv_transpose2d(x, w, None, [2, 2], [0, 0], [0, 0], n)",
  "  else:",
  "    y = x",
  "  return y",
  "class Net(Module):",
  "  stride : Final[Tuple[int, int]] = (1, 2)",
  "  def forward(self: __torch__.Net,",
  "    x: Tensor, flag: Optional[bool]=None) -> Tensor:",
  `    c = torch.conv2d(x, ${A}, getattr(self, "a").bias, self.stride, [1, 1])`,
  "    b = torch.batch_norm(c, None, None, self.mean, self.mean, self.training, 0.1, 1.0000000000000001e-05, True)",
  "    if flag:",
  "      for i in range(3):",
  "        b0, n, = (b, i)",
  "    else:",
  "      b0 = annotate(Tensor, b)",
  `    return __torch__.helper(b0, ${UP}, )`,
];
const PARTS: ScriptParts = {
  weights: [
    float32Weight("a.weight", [4, 2, 3, 3], normal(72)),
    float32Weight("a.bias", [4], normal(4)),
    float32Weight("mean", [4], normal(4)),
    float32Weight("up.weight", [4, 3, 2, 2], normal(48)),
  ],
  forward: [],
  code: LINES.join("\n"),
  constants: [float32Weight("c0", [2, 2, 1, 1], normal(4))],
  deflate: false,
};
const MAIN = "a.pt";
const GOOD = torchScript(PARTS);
const PIECES = [
  "if x:",
  "else:",
  "for i in y:",
  "return x",
  "def f(self, x):",
  "class Net(Module):",
  "(self).forward(x, )",
  "CONSTANTS.c0",
  "__torch__.helper",
  "[1, 2]",
  "((",
  "))",
  "'",
  '"',
  "=",
  ",",
  "-1",
  "1e999",
  "None",
  "self.training",
  "__torch__.Net()",
  "ops.quantized.conv2d_prepack(x)",
];

/** Code of which lines or words are others. */
function structural(random: Random): Uint8Array<ArrayBuffer> {
  const lines = [...LINES];
  for (let changes = random.between(1, 4); changes > 0; changes--) {
    const at = random.below(lines.length);
    const line = lines[at]!;
    const words = line.split(/(?<=[ (,.])/);
    switch (random.below(5)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, `${" ".repeat(2 * random.below(5))}${random.pick(PIECES)}`);
        break;
      case 2:
        lines[at] = line.replace(/^ */, " ".repeat(2 * random.below(5)));
        break;
      case 3:
        lines.splice(at, 0, random.pick(LINES));
        break;
      default:
        words[random.below(words.length)] = random.pick(PIECES);
        lines[at] = words.join("");
    }
  }
  const entries = scriptEntries({ ...PARTS, code: lines.join("\n") });
  if (random.chance(0.7)) return zip(entries);
  return zip(
    entries.map((entry) =>
      String(entry.name).endsWith(".pkl") ? { ...entry, bytes: mutateBytes(random, entry.bytes) } : entry,
    ),
  );
}

/** TorchScript: modules in a pickle, and code. */
export const scriptFuzz: FuzzFormat = {
  name: "torchscript",
  slow: false,
  good: { main: MAIN, files: new Map([[MAIN, GOOD]]) },
  mutated: (random) => ({
    main: MAIN,
    files: new Map([
      [
        MAIN,
        mutateBytes(
          random,
          random.chance(0.5) ? GOOD : zip([...scriptEntries(PARTS), { name: "x", bytes: utf8("") }]),
        ),
      ],
    ]),
  }),
  structural: (random) => ({ main: MAIN, files: new Map([[MAIN, structural(random)]]) }),
};
