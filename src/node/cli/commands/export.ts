import { Command, Option } from "commander";
import { type ConvLayer, type Kernel, type Model, ReadError } from "../../../index.ts";
import {
  countRounded,
  type ExportDType,
  encodeCsv,
  encodeJson,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  selectLayers,
} from "../../../report.ts";
import type { Content } from "../../write-whole.ts";
import { type Context, EXIT, say } from "../context.ts";
import { noteOf } from "../failure.ts";
import { addFoldOption, FOLD_HELP, type FoldFlags } from "../fold.ts";
import { addHandOverOptions, type HandOverOptions, runHandOver } from "../hand-over.ts";
import { addOpenOptions, type OpenFlags, wordParser } from "../options.ts";
import {
  deliver,
  formatOfName,
  type Output,
  pathsFor,
  refuseInput,
  refuseTerminal,
  resolveOutput,
  wrote,
} from "../output.ts";
import { readKernels } from "../read-kernels.ts";
import { counted, examples, LAYER_HELP } from "../usage.ts";
import { withModel } from "../with-model.ts";

const FORMATS = ["npy", "npz", "safetensors", "csv", "json"] as const;
type ExportFormat = (typeof FORMATS)[number];

/** Formats that hold several kernels in one file. */
const ARCHIVES: readonly ExportFormat[] = ["npz", "safetensors"];

/** Kernels for one archive are in memory together; more than this is better written one by one. */
const TOGETHER_BYTES = 2 * 1024 ** 3;

interface ExportCommandOptions extends HandOverOptions, OpenFlags, FoldFlags {
  readonly format?: ExportFormat;
  readonly dtype: ExportDType;
}

/** `kernelscope export FILE LAYER -o OUT`. */
export function exportCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("export")
    .description(
      `Writes kernels as numbers, in canonical axes [out, in, depth, height, width].\n${LAYER_HELP}\n` +
        "An .npz or .safetensors holds several; for the others give a folder.\n" +
        "With --to it hands a whole trained network over to another framework.",
    )
    .argument(
      "<FILE>",
      "a weight file, a folder or archive of one, an address, or '-' for standard input; with --to a .keras file or a run's folder",
    )
    .argument("[LAYER...]", "which layers; none with --to")
    .requiredOption(
      "-o, --out <path>",
      "a file ending in .npy, .npz, .safetensors, .csv or .json, a folder, or '-' for standard output",
    )
    .addOption(
      new Option(
        "--format <format>",
        "for a folder or standard output: npy (default), npz, safetensors, csv, json",
      ).argParser(wordParser(FORMATS)),
    )
    .addOption(
      new Option("--dtype <dtype>", "float32, or float64 to keep every value of a float64 kernel")
        .argParser(wordParser<ExportDType>(["float32", "float64"]))
        .default("float32"),
    );
  addFoldOption(command, FOLD_HELP);
  addOpenOptions(command);
  return addHandOverOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope export model.keras conv1 -o conv1.npy", "for NumPy"],
        ["kernelscope export model.keras 'conv*' -o convs.safetensors", "several in one file"],
        ["kernelscope export model.keras '#0' --format csv -o - | head", "a look at the numbers"],
        ["kernelscope export run --to keras --script -o on/", "Keras 3 goes on with the training"],
        ["kernelscope export model.keras --to onnx -o model.onnx", "for use elsewhere"],
      ]),
    )
    .action(async (file: string, wanted: string[], options: ExportCommandOptions) => {
      if (options.to !== undefined) {
        if (wanted.length > 0) {
          throw new ReadError("bad-option", `--to takes the whole network: leave out ${wanted.join(", ")}.`);
        }
        settle(await runHandOver(file, options.to, options, context));
        return;
      }
      if (wanted.length === 0) {
        command.error("error: missing required argument 'LAYER' (or --to, for the whole network)", {
          code: "commander.missingArgument",
        });
      }
      settle(
        await withModel(file, options, context, (model) =>
          exportLayers(file, model, wanted, options, context),
        ),
      );
    });
}

async function exportLayers(
  file: string,
  model: Model,
  wanted: readonly string[],
  options: ExportCommandOptions,
  context: Context,
): Promise<number> {
  const layers = selectLayers(model, wanted);
  const output = await resolveOutput({ out: options.out, endings: FORMATS });
  const format = formatFor(output, options.format);
  if (output.kind === "stdout" && format !== "csv" && format !== "json") {
    refuseTerminal(context, `A .${format}`, "use --format csv or json, a file, or a pipe");
  }
  if (output.kind !== "folder" && ARCHIVES.includes(format)) {
    return exportTogether(file, model, layers, output, format, options, context);
  }
  const paths = pathsFor(output, layers, format);
  await refuseInput(file, paths);
  return readKernels(model, layers, context, options, async (kernel, at) => {
    const path = paths[at] ?? null;
    await deliver(context, output, path, encode([kernel], format, options.dtype));
    const notes = notesOf(kernel, model, options.dtype);
    return path === null ? notes : [...notes, wrote(path, `${kernel.shape.join(" x ")}, ${options.dtype}`)];
  });
}

/** Several kernels into one archive, all or none. */
async function exportTogether(
  file: string,
  model: Model,
  layers: readonly ConvLayer[],
  output: Output,
  format: ExportFormat,
  options: ExportCommandOptions,
  context: Context,
): Promise<number> {
  const { dtype } = options;
  const path = output.kind === "file" ? output.path : null;
  await refuseInput(file, [path]);
  const bytes = layers.reduce(
    (sum, layer) => sum + 8 * layer.shape.reduce((product, extent) => product * extent, 1),
    0,
  );
  if (bytes > TOGETHER_BYTES) {
    throw new ReadError(
      "limit",
      `${layers.length} kernels would take ${bytes} bytes of memory at once, and ${TOGETHER_BYTES} are allowed: give a folder.`,
      { file: path ?? "-o -" },
    );
  }
  const kernels: Kernel[] = [];
  const code = await readKernels(model, layers, context, options, async (kernel) => {
    kernels.push(kernel);
    return notesOf(kernel, model, dtype);
  });
  if (code !== EXIT.ok) return code;
  await deliver(context, output, path, encode(kernels, format, dtype));
  if (path !== null) say(context, wrote(path, `${counted(kernels.length, "kernel")}, ${dtype}`));
  return EXIT.ok;
}

function formatFor(output: Output, asked: ExportFormat | undefined): ExportFormat {
  if (output.kind !== "file") return asked ?? "npy";
  return formatOfName(output.path, FORMATS, asked) ?? asked ?? "npy";
}

/** What float32 could not hold. */
function notesOf(kernel: Kernel, model: Model, dtype: ExportDType): readonly string[] {
  const rounded = dtype === "float32" ? countRounded(kernel) : 0;
  if (rounded === 0) return [];
  const which = `${rounded} of ${counted(kernel.weights.length, "weight")} of "${kernel.name}" (${kernel.dtype})`;
  return [noteOf(model.file, `${which} were rounded to float32; --dtype float64 keeps them.`)];
}

function encode(kernels: readonly Kernel[], format: ExportFormat, dtype: ExportDType): Content {
  const [kernel] = kernels;
  if (format === "npz") return encodeNpz(kernels, { dtype });
  if (format === "safetensors" || kernel === undefined) return encodeSafetensors(kernels, { dtype });
  return { npy: encodeNpy, csv: encodeCsv, json: encodeJson }[format](kernel, { dtype });
}
