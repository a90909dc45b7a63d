import { Command } from "commander";
import { type ConvLayer, escapeText, type Model, shorten } from "../../../index.ts";
import { jsonText } from "../../../report.ts";
import { type Context, EXIT, print } from "../context.ts";
import { addFoldOption, type FoldFlags, foldFacts, foldSentences } from "../fold.ts";
import { addOpenOptions, type OpenFlags } from "../options.ts";
import { tableLines } from "../table.ts";
import { tensorLines, tensorListing } from "../tensor-list.ts";
import { counted, examples, withCommas } from "../usage.ts";
import { withModel } from "../with-model.ts";

/** Names longer than this are cut in the middle; `--json` has them whole. */
const NAME_LENGTH = 60;

/** Tensors that were looked at and left out: as many as help to find the one that is missed. */
const REJECTED_SHOWN = 10;

interface ListOptions extends OpenFlags, FoldFlags {
  readonly allTensors?: boolean;
  readonly json?: boolean;
}

/** `kernelscope list FILE`. */
export function listCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("list")
    .description("Lists every convolution layer in FILE ('-' reads standard input). No weights are read.")
    .argument("<FILE>", "a weight file, a folder or archive of one, or an address")
    .option("--json", "one JSON object instead of a table")
    .option("--all-tensors", "every tensor, and why it is no convolution");
  addFoldOption(command, "say which batch normalisations can be folded into kernels");
  return addOpenOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope list model.keras", "a table"],
        ["kernelscope list model.keras --json", "for programs"],
        ["kernelscope list kernel.npy --axis-order torch", "an array that names no axes"],
        ["kernelscope list model.onnx --all-tensors", "where is the rest?"],
        ["kernelscope list hf://org/repo/model.safetensors", "a public file far away"],
      ]),
    )
    .action(async (file: string, options: ListOptions) => {
      await withModel(file, options, context, async (model) => {
        const text = options.json ? jsonText(listing(model, options), 2) : listText(model, options);
        await print(context, `${text}\n`);
      });
      settle(EXIT.ok);
    });
}

/** What `list --json` prints. */
export function listing(model: Model, { allTensors, foldBatchnorm }: ListOptions = {}): unknown {
  const layers = model.layers.map((layer) => ({
    index: layer.index,
    name: layer.name,
    kind: layer.kind,
    rank: layer.rank,
    shape: layer.shape,
    groups: layer.groups,
    strides: layer.strides,
    padding: layer.padding,
    dilation: layer.dilation,
    dtype: layer.kernel.dtype,
    tensor: layer.kernel.name,
    axisOrder: layer.axisOrder,
    evidence: layer.evidence,
    parameters: parametersOf(layer),
    slices: slicesOf(layer),
    ...(foldBatchnorm ? { batchNorm: foldFacts(layer) } : {}),
  }));
  return {
    file: model.file,
    format: model.format,
    producer: model.producer,
    ...(model.metadata === undefined ? {} : { metadata: Object.fromEntries(model.metadata) }),
    layers,
    totals: {
      layers: layers.length,
      slices: sum(model.layers.map(slicesOf)),
      kernelParameters: sum(layers.map((layer) => layer.parameters.kernel)),
      parameters: model.parameters.total,
      trainable: model.parameters.trainable,
      nonTrainable: model.parameters.nonTrainable,
    },
    ...(allTensors ? { tensors: tensorListing(model) } : {}),
  };
}

function listText(model: Model, { allTensors, foldBatchnorm }: ListOptions): string {
  const producer =
    model.producer === null || model.producer === model.format
      ? ""
      : `, written by ${escapeText(model.producer)}`;
  const lines = [`${escapeText(model.file)}: ${model.format}${producer}`, ""];
  if (model.layers.length === 0) {
    lines.push("No convolution layers.");
  } else {
    const rows = model.layers.map((layer) => [
      `#${layer.index}`,
      escapeText(shorten(layer.name, NAME_LENGTH)),
      layer.kind,
      layer.shape.join(" x "),
      layer.groups === null ? "?" : String(layer.groups),
      escapeText(layer.kernel.dtype),
      layer.axisOrder,
      layer.evidence,
      withCommas(parametersOf(layer).total),
      withCommas(slicesOf(layer)),
    ]);
    const heads = [
      "",
      "layer",
      "kind",
      "out x in x depth x height x width",
      "groups",
      "dtype",
      "axes",
      "evidence",
    ];
    const columns = [
      ...heads.map((head) => ({ head })),
      { head: "parameters", right: true },
      { head: "slices", right: true },
    ];
    lines.push(...tableLines(columns, rows));
  }
  lines.push("", totalsLine(model), ...cautions(model));
  if (foldBatchnorm) lines.push("", ...foldSentences(model.layers).map(escapeText));
  if (allTensors) lines.push("", ...tensorLines(model));
  return lines.join("\n");
}

function totalsLine(model: Model): string {
  const { total, trainable, nonTrainable } = model.parameters;
  const kernels = withCommas(sum(model.layers.map((layer) => parametersOf(layer).kernel)));
  const parts = [
    counted(model.layers.length, "layer"),
    counted(sum(model.layers.map(slicesOf)), "slice"),
    `${kernels} kernel weights of ${counted(total, "parameter")}`,
  ];
  const split =
    trainable === null || nonTrainable === null
      ? ""
      : ` (${withCommas(trainable)} trainable, ${withCommas(nonTrainable)} not)`;
  return parts.join(", ") + split;
}

/** What had to be assumed, what cannot be read, and what was left out. */
function cautions(model: Model): readonly string[] {
  const lines = model.notes.map(escapeText);
  for (const { index, note, kernel } of model.layers) {
    if (note !== undefined) lines.push(`#${index}: ${escapeText(note)}`);
    if (kernel.unreadable !== undefined)
      lines.push(`#${index} cannot be drawn: ${escapeText(kernel.unreadable)}`);
  }
  for (const { tensor, reason } of model.rejected.slice(0, REJECTED_SHOWN)) {
    lines.push(`left out ${escapeText(shorten(tensor.name, NAME_LENGTH))}: ${escapeText(reason)}`);
  }
  const more = model.rejected.length - REJECTED_SHOWN;
  if (more > 0) lines.push(`left out ${withCommas(more)} more`);
  return lines.length === 0 ? [] : ["", ...lines];
}

function parametersOf(layer: ConvLayer): {
  readonly kernel: number;
  readonly bias: number;
  readonly total: number;
} {
  const kernel = product(layer.shape);
  const bias = layer.bias === null ? 0 : product(layer.bias.shape);
  return { kernel, bias, total: kernel + bias };
}

/** Slices across the depth axis: `out * inPerGroup * depth`. */
function slicesOf(layer: ConvLayer): number {
  return product(layer.shape.slice(0, 3));
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all * one, 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
