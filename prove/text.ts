import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBytes, montage, readKernel, renderSvg } from "kernelscope";
import { withModel } from "./observe.ts";
import type { Proof, ProofContext, Tally } from "./proof.ts";
import { type NamedFile, namedFiles } from "./text/files.ts";
import { hostileNames } from "./text/names.ts";

const COMMAND = fileURLToPath(new URL("../../dist/node/bin/kernelscope.js", import.meta.url));

/** What no text of ours may hold: controls but the line break, and what reorders, hides or breaks text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Elements that a picture of ours is made of. */
const ELEMENTS = new Set(
  "svg title desc defs pattern rect path g text line linearGradient stop image style tspan clipPath use".split(
    " ",
  ),
);

/** The first character that must not be there, as a code; null when there is none. */
function unseenIn(text: string): string | null {
  for (const line of text.split("\n")) {
    const found = UNSEEN.exec(line);
    if (found !== null)
      return `U+${found[0].codePointAt(0)!.toString(16)} in ${JSON.stringify(line.slice(Math.max(0, found.index - 30), found.index + 30))}`;
  }
  return null;
}

/** What is wrong with an SVG: elements or attributes that no picture of ours has, or text that is no XML. */
function wrongInSvg(svg: string): string | null {
  const unseen = unseenIn(svg);
  if (unseen !== null) return unseen;
  const outside = svg.replace(
    /<\/?([a-zA-Z]+)((?:\s+[a-zA-Z-]+(?::[a-zA-Z]+)?="[^"<]*")*)\s*\/?>/g,
    (all, element: string, attributes: string) => {
      if (!ELEMENTS.has(element)) return `<${element}>`;
      return /\son|javascript:|\shref="(?!data:image\/png|#)/i.test(attributes) ? `<${all}>` : "";
    },
  );
  const left = /[<>]|&(?!(amp|lt|gt|quot|#\d+|#x[0-9a-f]+);)/.exec(outside);
  return left === null
    ? null
    : `stray markup: ${outside.slice(Math.max(0, left.index - 30), left.index + 40)}`;
}

/** Runs the command and looks at everything it says. */
function checkCommand(tally: Tally, args: readonly string[], look: (output: string) => string | null): void {
  const { stdout, stderr, status } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const label = args.map((arg) => (arg.length > 60 ? `${arg.slice(0, 60)}…` : arg)).join(" ");
  tally.check(status === 0 || stderr.length > 0, () => `${label}: ended with ${status} and no word`);
  tally.check(!/\n\s+at \S+ \(|TypeError|RangeError/.test(stderr), () => `${label}: ${stderr}`);
  for (const [stream, text] of [
    ["output", stdout],
    ["errors", stderr],
  ] as const) {
    const problem = unseenIn(text) ?? (stream === "output" && status === 0 ? look(text) : null);
    tally.check(problem === null, () => `${label}: ${stream}: ${problem}`);
  }
}

function wrongInJson(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `no JSON: ${error}`;
  }
}

/** The command's windows onto one file. */
function checkCommands(tally: Tally, path: string, folder: string, all: boolean): void {
  const none = (): null => null;
  checkCommand(tally, ["list", path], none);
  // The architecture's own names: only some files have one.
  if (!all && path.endsWith(".keras")) checkCommand(tally, ["summary", path], none);
  if (!all) return;
  checkCommand(tally, ["list", path, "--json"], wrongInJson);
  checkCommand(tally, ["summary", path], none);
  checkCommand(tally, ["explain", path, "#0"], none);
  checkCommand(tally, ["explain", path, "\u001b[31m no such layer \u202e"], none);
  checkCommand(tally, ["draw", path, "#1", "--json"], wrongInJson);
  checkCommand(tally, ["export", path, "#2", "-o", join(folder, "kernel.json")], none);
  const pictures = join(folder, "pictures");
  mkdirSync(pictures);
  checkCommand(tally, ["draw", path, "--labels", "--format", "svg", "-o", pictures], none);
  for (const name of readdirSync(pictures)) {
    tally.check(
      unseenIn(name) === null && !name.startsWith("-") && !name.startsWith("."),
      () => `a picture is called ${JSON.stringify(name)}`,
    );
    const problem = name.endsWith(".svg") ? wrongInSvg(readFileSync(join(pictures, name), "utf8")) : null;
    tally.check(problem === null, () => `${name}: ${problem}`);
  }
}

/** The library's: every layer's picture with labels, and what became of JavaScript's own objects. */
async function checkLibrary(tally: Tally, { file, bytes }: NamedFile): Promise<void> {
  await withModel(fromBytes(bytes, file), async (model) => {
    tally.check(model.layers.length > 20, () => `${file}: only ${model.layers.length} layers were found`);
    for (const layer of model.layers) {
      const svg = renderSvg(montage(await readKernel(layer), { cell: 8, labels: true }));
      const problem = wrongInSvg(svg);
      tally.check(problem === null, () => `${file}: ${JSON.stringify(layer.name.slice(0, 60))}: ${problem}`);
    }
  });
  const polluted = [Object.prototype, Array.prototype, Function.prototype].some(
    (object) => Object.keys(object).length > 0,
  );
  tally.check(!polluted && !("x" in {}), () => `${file}: a prototype has new properties`);
}

export const text: Proof = {
  name: "text",
  promise:
    "Text from files is only text: no markup, no terminal control, no reordering, no polluted prototype.",
  async run({ scratch, tally, random, amount }: ProofContext) {
    const names = hostileNames(random, amount(72, 400), 1_000_000);
    for (const one of namedFiles(names)) {
      await checkLibrary(tally, one);
      const folder = join(scratch, one.file.replaceAll(".", "-"));
      mkdirSync(folder);
      writeFileSync(join(folder, one.file), one.bytes);
      // A process takes its time: one format shows what all share.
      const all = amount(0, 1) === 1 || one.file === "names.safetensors";
      checkCommands(tally, join(folder, one.file), folder, all);
    }
    tally.note(`${names.length} names`);
  },
};
