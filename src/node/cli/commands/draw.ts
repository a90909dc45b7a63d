import { Command, Option } from "commander";
import {
  type ConvLayer,
  loadSimd,
  type Model,
  type Montage,
  type MontageOptions,
  montage,
  ReadError,
} from "../../../index.ts";
import { renderText, selectLayers } from "../../../report.ts";
import { type PictureFormat, pictureContent } from "../../write-picture.ts";
import { type Context, print, say } from "../context.ts";
import { noteOf } from "../failure.ts";
import { addFoldOption, FOLD_HELP, type FoldFlags } from "../fold.ts";
import { montageJson } from "../montage-json.ts";
import { addMontageOptions, assertMontageOptions } from "../montage-options.ts";
import { addOpenOptions, type OpenFlags, wordParser } from "../options.ts";
import {
  deliver,
  fileNames,
  formatOfName,
  type Output,
  pathsFor,
  refuseInput,
  refuseTerminal,
  resolveOutput,
  stemOf,
  wrote,
} from "../output.ts";
import { readKernels } from "../read-kernels.ts";
import { columnsOf, terminalDepth } from "../terminal.ts";
import { examples, LAYER_HELP } from "../usage.ts";
import { withModel } from "../with-model.ts";

const FORMATS: readonly PictureFormat[] = ["png", "svg"];

interface DrawOptions extends MontageOptions, OpenFlags, FoldFlags {
  readonly out?: string;
  readonly format?: PictureFormat;
  readonly json?: boolean;
  readonly terminal?: boolean;
}

/** `kernelscope draw FILE [LAYER...]`. */
export function drawCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("draw")
    .description(
      `Draws every 2-D slice of every kernel, one picture a layer.\n${LAYER_HELP} Without LAYER: every layer.`,
    )
    .argument("<FILE>", "a weight file, a folder or archive of one, an address, or '-' for standard input")
    .argument("[LAYER...]", "which layers")
    .option(
      "-o, --out <path>",
      "a file ending in .png or .svg, a folder, or '-' for standard output (default: the current folder, named by file and layer)",
    )
    .addOption(
      new Option("--format <format>", "for a folder or standard output: png (default), svg").argParser(
        wordParser(FORMATS),
      ),
    );
  addMontageOptions(command)
    .option("--json", "where every tile lies, as JSON on standard output; pictures only with -o")
    .option("--terminal", "show the picture in the terminal; picture files only with -o");
  addFoldOption(command, FOLD_HELP);
  return addOpenOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope draw model.keras conv1 -o conv1.png", "one layer"],
        ["kernelscope draw model.keras -o kernels/ --labels", "every layer, with axis labels and a scale"],
        ["kernelscope draw model.h5 '#0' --rgb --cell 16 -o first.png", "three input channels as colour"],
        ["kernelscope draw model.h5 'conv3d_*' --slice-axis width", "slices across another axis"],
        ["kernelscope draw model.keras '#2' --terminal", "no files, just a look"],
        ["kernelscope draw model.keras conv1 -o - > conv1.png", "through a pipe"],
      ]),
    )
    .action(async (file: string, wanted: string[], options: DrawOptions) => {
      assertMontageOptions(options);
      settle(
        await withModel(file, options, context, (model) => drawLayers(file, model, wanted, options, context)),
      );
    });
}

async function drawLayers(
  file: string,
  model: Model,
  wanted: readonly string[],
  options: DrawOptions,
  context: Context,
): Promise<number> {
  const layers = selectLayers(model, wanted);
  const output = await outputFor(file, layers, options);
  const format = formatFor(output, options.format);
  const paths = output === null ? [] : pathsFor(output, layers, format);
  assertOneStream(output, format, options, context);
  await refuseInput(file, paths);
  const simd = await loadSimd();
  let printed = 0;
  if (options.json) await print(context, '{"montages":[');
  const code = await readKernels(model, layers, context, options, async (kernel, at) => {
    const picture = montage(kernel, lookOf(options), simd);
    if (options.json) {
      await print(context, printed++ === 0 ? "\n" : ",\n");
      for (const piece of montageJson(picture)) await print(context, piece);
    } else if (options.terminal) {
      await print(context, `${printed++ === 0 ? "" : "\n"}${inTerminal(picture, context)}`);
    }
    const path = paths[at];
    if (output === null || path === undefined) return [];
    await deliver(context, output, path, pictureContent(picture, format, context.signal));
    return path === null ? [] : [wrote(path, `${picture.width} x ${picture.height} pixels`)];
  });
  if (options.json) await print(context, "\n]}\n");
  // Where only the shape spoke, the axes of the picture may be others.
  const assumed = layers.filter((layer) => layer.evidence === "shape").flatMap((layer) => layer.note ?? []);
  for (const note of new Set(assumed)) say(context, noteOf(model.file, note));
  return code;
}

/** The options that say how a montage looks, without those that say where it goes. */
function lookOf({
  out,
  format,
  json,
  terminal,
  axisOrder,
  entry,
  foldBatchnorm,
  ...look
}: DrawOptions): MontageOptions {
  return look;
}

/** Null when nothing is to be written: a look at the terminal or at the places of tiles needs no file. */
async function outputFor(
  file: string,
  layers: readonly ConvLayer[],
  options: DrawOptions,
): Promise<Output | null> {
  if (options.out !== undefined) return resolveOutput({ out: options.out, endings: FORMATS });
  if (options.json || options.terminal) return null;
  const stem = stemOf(file);
  const [layer] = layers;
  if (layer === undefined || layers.length > 1) return { kind: "folder", path: `${stem}-kernels` };
  const [name] = fileNames([layer.name]);
  return { kind: "file", path: `${name === stem ? stem : `${stem}-${name}`}.${options.format ?? "png"}` };
}

function formatFor(output: Output | null, asked: PictureFormat | undefined): PictureFormat {
  if (output?.kind !== "file") return asked ?? "png";
  return formatOfName(output.path, FORMATS, asked) ?? asked ?? "png";
}

/** Standard output holds one thing. */
function assertOneStream(
  output: Output | null,
  format: PictureFormat,
  options: DrawOptions,
  context: Context,
): void {
  const uses = [
    options.json && "--json",
    options.terminal && "--terminal",
    output?.kind === "stdout" && "-o -",
  ];
  const used = uses.filter((use) => typeof use === "string");
  if (used.length > 1)
    throw new ReadError("bad-option", `${used.join(" and ")} both write to standard output: choose one.`);
  if (output?.kind === "stdout" && format === "png") {
    refuseTerminal(context, "A PNG picture", "use --terminal to look at it, a file, or a pipe");
  }
}

function inTerminal(picture: Montage, context: Context): string {
  return renderText(picture, { depth: terminalDepth(context), columns: Math.max(8, columnsOf(context)) });
}
