import { pickle } from "../writers/pickle.ts";
import { reach, type ScriptParts, scriptEntries, scriptModule, torchScript } from "../writers/torchscript.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { type Case, fine, refusal } from "./case.ts";

const FILE = "a.pt";
const KERNEL = float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 });
const W = reach("conv.weight");
const PARTS: ScriptParts = { weights: [KERNEL], forward: [`return torch.conv2d(x, ${W})`] };

const forward = (...lines: readonly string[]): Uint8Array<ArrayBuffer> =>
  torchScript({ ...PARTS, forward: lines });

/** A file of which one entry is replaced (or left out: null). */
function entry(end: string, bytes: Uint8Array | null): Uint8Array<ArrayBuffer> {
  const all = scriptEntries(PARTS).flatMap((one) =>
    String(one.name).endsWith(end) ? (bytes === null ? [] : [{ ...one, bytes }]) : [one],
  );
  return zip(all);
}

const DATA = pickle(scriptModule("__torch__.Net", []));

/** TorchScript archives that contradict themselves, and code that is odd but has one reading. */
export const scriptCases: readonly Case[] = [
  refusal(
    "a kernel of another rank than the operator",
    FILE,
    forward(`return torch.conv3d(x, ${W})`),
    "malformed",
  ),
  refusal(
    "groups that do not divide the outputs",
    FILE,
    forward(`return torch.conv2d(x, ${W}, None, [1, 1], [0, 0], [1, 1], 3)`),
    "malformed",
  ),
  refusal("an operator without a weight", FILE, forward("return torch.conv2d(x)"), "malformed"),
  refusal("a storage that is not there", FILE, entry("data/0", null), "malformed"),
  refusal("a storage that is too short", FILE, entry("data/0", new Uint8Array(64)), "malformed"),
  refusal("a pickle that is none", FILE, entry("/data.pkl", utf8("nothing")), "malformed"),
  refusal("a second pickle behind the first", FILE, entry("/data.pkl", concat([DATA, DATA])), "ambiguous"),
  refusal("a byte order that is none", FILE, entry("byteorder", utf8("middle")), "malformed"),
  fine(
    "code that is no Python",
    FILE,
    torchScript({ ...PARTS, code: "}{ class (\n\0 def = \n  ((((((" }),
    "No convolution of the graph uses it",
  ),
  fine(
    "no code for the module",
    FILE,
    torchScript({ ...PARTS, code: "" }),
    "No convolution of the graph uses it",
  ),
  fine(
    "a forward that calls itself",
    FILE,
    forward("_0 = (self).forward(x, )", `return torch.conv2d(_0, ${W})`),
    "could not be followed",
  ),
  fine(
    "brackets nested 10,000 deep",
    FILE,
    forward(`y = ${"(".repeat(10_000)}x${")".repeat(10_000)}`, `return torch.conv2d(x, ${W})`),
  ),
  fine(
    "blocks nested 60 deep",
    FILE,
    forward(
      ...Array.from({ length: 50 }, (_, at) => `${" ".repeat(at * 2)}if bool(x):`),
      `${" ".repeat(100)}y = torch.conv2d(x, ${W})`,
    ),
  ),
  fine(
    "a way of an if that is never taken",
    FILE,
    forward("if True:", `  y = torch.conv2d(x, ${W})`, "else:", "  y = torch.conv9d(x)", "return y"),
  ),
  fine(
    "a kernel that is the network's input",
    FILE,
    forward("return torch.conv2d(x, x)"),
    "computes from its input",
  ),
  fine(
    "names of JavaScript",
    FILE,
    forward(`constructor = torch.conv2d(__proto__, ${W})`, "return constructor.prototype.toString"),
  ),
];
