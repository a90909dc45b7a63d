import type { Command } from "commander";
import type { Context } from "./context.ts";

/** A command: what `--help` says of it, and where it is made once it is called. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  load(): Promise<(context: Context, settle: Settle) => Command>;
}

/** Tells the exit code of a command that ran to its end. */
export type Settle = (code: number) => void;

/** Every command, in the order of the help. */
export const commands: readonly CommandRow[] = [
  {
    name: "list",
    summary: "every convolution layer in a file, with what is known of it",
    usage: "[options] FILE",
    load: async () => (await import("./commands/list.ts")).listCommand,
  },
  {
    name: "summary",
    summary: "the architecture as Keras prints it, or the tensors",
    usage: "[options] FILE",
    load: async () => (await import("./commands/summary.ts")).summaryCommand,
  },
  {
    name: "verify",
    summary: "whether a file is sound: its rules, checksums and tensors",
    usage: "[options] FILE",
    load: async () => (await import("./commands/verify.ts")).verifyCommand,
  },
  {
    name: "explain",
    summary: "where a layer's parameters and slices come from",
    usage: "[options] FILE [LAYER...]",
    load: async () => (await import("./commands/explain.ts")).explainCommand,
  },
  {
    name: "draw",
    summary: "pictures of every 2-D slice of every kernel",
    usage: "[options] FILE [LAYER...]",
    load: async () => (await import("./commands/draw.ts")).drawCommand,
  },
  {
    name: "export",
    summary: "the numbers: npy, npz, safetensors, csv, json",
    usage: "[options] FILE LAYER...",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  {
    name: "train",
    summary: "trains a network of Keras's config.json, or an example",
    usage: "[options] SPEC | --example NAME",
    load: async () => (await import("./commands/train.ts")).trainCommand,
  },
  {
    name: "resume",
    summary: "goes on with a run that was stopped",
    usage: "[options] RUN",
    load: async () => (await import("./commands/resume.ts")).resumeCommand,
  },
  {
    name: "evaluate",
    summary: "loss and metrics of a trained network on data",
    usage: "[options] MODEL --data DATA",
    load: async () => (await import("./commands/evaluate.ts")).evaluateCommand,
  },
];
