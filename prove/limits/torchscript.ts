import { fromBytes, type Model } from "kernelscope";
import { withModel } from "../observe.ts";
import { reach, scriptEntries, torchScript } from "../writers/torchscript.ts";
import { float32Weight, type Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import type { LimitTest } from "./cases.ts";

const KERNEL = float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 });

function opened(
  bytes: Uint8Array<ArrayBuffer>,
  look: (model: Model) => string | null,
): Promise<string | null> {
  return withModel(fromBytes(bytes, "a.pt"), async (model) => look(model));
}

/** A forward that takes exactly so many steps: its block is one, a list one and each of its items. */
function steps(count: number): readonly string[] {
  const left = count - 1;
  const lists = Array.from({ length: Math.floor(left / 100) }, () => `y = [${"1, ".repeat(99)}]`);
  return [...lists, ...Array.from({ length: left % 100 }, () => "y = 1")];
}

const followed = ({ notes }: Model): string | null =>
  notes.find((note) => note.includes("could not be followed")) ?? null;

/** Limits of TorchScript. */
export const scriptLimits: readonly LimitTest[] = [
  {
    constant: "SCRIPT_STEPS_MOST",
    passed: "steps",
    meets: (amount) => opened(torchScript({ weights: [KERNEL], forward: steps(amount) }), followed),
  },
  {
    constant: "SCRIPT_DEPTH_MOST",
    passed: "levels",
    // The outer block is a level, and so is each `if` around the one before, up to the blocks that code may have.
    meets: (amount) =>
      opened(torchScript({ weights: [KERNEL], forward: [], code: nested(amount) }), followed),
  },
  {
    constant: "SCRIPT_NAMES_MOST",
    passed: "limit",
    meets: (amount) => opened(torchScript({ weights: named(amount), forward: [] }), () => null),
  },
  {
    constant: "CODE_LINES_MOST",
    passed: "lines",
    meets: (amount) =>
      opened(torchScript({ weights: [KERNEL], forward: [], code: "x\n".repeat(amount) }), followed),
  },
  {
    constant: "CODE_MOST",
    passed: "bytes of code",
    meets: (amount) => {
      const entries = scriptEntries({
        weights: [KERNEL],
        forward: [`return torch.conv2d(x, ${reach("conv.weight")})`],
      });
      const code = new Uint8Array(amount).fill(0x0a);
      const bytes = zip(
        entries.map((one) => (String(one.name).endsWith(".py") ? { ...one, bytes: code } : one)),
      );
      return opened(bytes, followed);
    },
  },
];

/** Functions that call each other in a row: a call, its expression and its block are three levels each. */
function nested(levels: number): string {
  const lines = [
    "class Net(Module):",
    "  def forward(self, x):",
    `    return ${levels === 1 ? "1" : "__torch__.f0()"}`,
  ];
  // A block (1), then per call: the call (1) and the block of what it calls (1); the last returns a constant (1).
  const calls = Math.floor((levels - 2) / 2);
  for (let at = 0; at < calls; at++) {
    const last = at === calls - 1;
    const value = last ? ((levels - 2) % 2 === 0 ? "1" : "(1, 2)[0]") : `__torch__.f${at + 1}()`;
    lines.push(`def f${at}(x=1):`, `  return ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Tensors in one module, whose 1,024 names have so many characters together. */
function named(characters: number): readonly Weight[] {
  const count = 1024;
  const module = "m".repeat(Math.floor(characters / count) - 5);
  const rest = characters - count * (module.length + 5);
  return Array.from({ length: count }, (_, at) =>
    float32Weight(`${module}.${String(at).padStart(at === count - 1 ? 4 + rest : 4, "0")}`, [1], [0]),
  );
}
