import { type Command, Option } from "commander";
import { type ConvLayer, escapeText, type Model } from "../../index.ts";
import { batchNormName, whyNotFolded } from "../../report.ts";
import { noteOf } from "./failure.ts";

/** What `--fold-batchnorm` was said of. */
export interface FoldFlags {
  readonly foldBatchnorm?: boolean | undefined;
}

/** Of the commands that read kernels. */
export const FOLD_HELP =
  "multiply every filter by the batch normalisation that follows it, where that is known";

/** Adds `--fold-batchnorm`. */
export function addFoldOption(command: Command, does: string): Command {
  return command.addOption(new Option("--fold-batchnorm", does));
}

/** `foldSentences` as messages. */
export function foldNotes(model: Model, layers: readonly ConvLayer[]): readonly string[] {
  return foldSentences(layers).map((note) => noteOf(model.file, note));
}

/** Which of `layers` have a batch normalisation that can be folded in, and why the others have none, as sentences. */
export function foldSentences(layers: readonly ConvLayer[]): readonly string[] {
  const folded = layers.filter((layer) => whyNotFolded(layer) === null);
  const names = folded.map((layer) => `${layer.name} (${batchNormName(layer)})`);
  const notes = names.length === 0 ? [] : [`Batch normalisation folds into ${names.join(", ")}.`];
  for (const note of new Set(folded.map(({ batchNorm }) => batchNorm?.note ?? "")))
    if (note !== "") notes.push(note);
  const others = new Map<string, string[]>();
  for (const layer of layers) {
    const reason = whyNotFolded(layer);
    if (reason !== null) others.set(reason, [...(others.get(reason) ?? []), layer.name]);
  }
  for (const [reason, left] of others) notes.push(`Nothing folds into ${left.join(", ")}: ${reason}.`);
  return notes;
}

/** What folding does to one layer, in words. */
export function foldExplained(layer: ConvLayer): string {
  const reason = whyNotFolded(layer);
  const { batchNorm } = layer;
  if (batchNorm === null || reason !== null)
    return `No batch normalisation can be folded in: ${escapeText(reason ?? "")}.`;
  const scale = batchNorm.scale === null ? "1" : escapeText(batchNorm.scale.name);
  const lines = [
    `Batch normalisation ${escapeText(batchNormName(layer) ?? "")} can be folded in: every filter times`,
    `  ${scale} / sqrt(${escapeText(batchNorm.variance.name)} + ${batchNorm.epsilon})`,
  ];
  return [...lines, ...(batchNorm.note === undefined ? [] : [escapeText(batchNorm.note)])].join("\n");
}

/** The batch normalisation of one layer for `--json`; null when the file tells of none. */
export function foldFacts(layer: ConvLayer): unknown {
  const { batchNorm } = layer;
  if (batchNorm === null) return null;
  return {
    name: batchNormName(layer),
    scale: batchNorm.scale?.name ?? null,
    offset: batchNorm.offset?.name ?? null,
    mean: batchNorm.mean.name,
    variance: batchNorm.variance.name,
    epsilon: batchNorm.epsilon,
    note: batchNorm.note ?? null,
    notFolded: whyNotFolded(layer),
  };
}
