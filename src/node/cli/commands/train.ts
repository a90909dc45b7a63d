import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { ReadError } from "../../../index.ts";
import { nearestNames } from "../../../report.ts";
import { compileOptionsOf, type KerasJson, type Network, networkFromJson } from "../../../train/index.ts";
import { systemError } from "../../system-error.ts";
import { assertDataPresent } from "../../train/data-present.ts";
import { parseData } from "../../train/data-settings.ts";
import { type Example, examples as trainingExamples } from "../../train/examples.ts";
import { assertMonitors } from "../../train/run-callbacks.ts";
import { createRunFolder, parseSpec } from "../../train/run-folder.ts";
import type { RunSettings } from "../../train/run-settings.ts";
import type { Context } from "../context.ts";
import { downloadData } from "../download-data.ts";
import { monitorSettings } from "../monitor-options.ts";
import { stemOf } from "../output.ts";
import { runTraining } from "../run-training.ts";
import { addTrainOptions, type TrainOptions } from "../train-options.ts";
import { examples } from "../usage.ts";

/** `kernelscope train SPEC.json`, `kernelscope train --example NAME`. */
export function trainCommand(context: Context, settle: (code: number) => void): Command {
  const names = trainingExamples.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join("\n");
  const command = new Command("train")
    .description(
      `Trains the network of SPEC, which is Keras's own config.json (model.to_json()), and keeps everything in a folder.\nExamples of networks with their data (--example):\n${names}`,
    )
    .argument("[SPEC]", "a config.json of Keras")
    .option("--example <name>", "a network with its data instead of a SPEC");
  return addTrainOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope train --example seed", "the network that this project began with"],
        ["kernelscope train --example seed --data flowers17 --download", "the same on Oxford's photographs"],
        ["kernelscope train --example moving-digits -o run", "kernels that see motion, in seconds"],
        ["kernelscope train spec.json --data pictures/ --epochs 20", "one folder of JPEG pictures a class"],
        [
          "kernelscope train spec.json --data pictures/ --epochs 99 --early-stopping 5 --restore-best-weights",
          "until it no longer gets better",
        ],
        ["kernelscope train spec.json --data x.npy,y.npy --optimizer SGD --learning-rate 0.05", "arrays"],
      ]),
    )
    .action(async (spec: string | undefined, options: TrainOptions) => {
      const plan = await planOf(spec, options);
      const out = options.out ?? plan.name;
      if (options.download !== undefined) await downloadData(plan.settings.data, options.download, context);
      await assertDataPresent(plan.settings.data);
      const folder = await createRunFolder(out, plan.spec, plan.settings, context);
      settle(await runTraining(folder, options, context));
    });
}

interface Plan {
  readonly name: string;
  readonly spec: KerasJson;
  readonly settings: RunSettings;
}

async function planOf(file: string | undefined, options: TrainOptions): Promise<Plan> {
  if ((file === undefined) === (options.example === undefined)) {
    throw new ReadError("bad-option", "Give either a SPEC or --example NAME.");
  }
  const example = options.example === undefined ? null : exampleNamed(options.example);
  const spec = example === null ? await specOf(file!) : example.spec();
  if (example === null && options.data === undefined) {
    throw new ReadError("bad-option", "Say what to train on: --data FOLDER, --data x.npy,y.npy, …", {
      file: file!,
    });
  }
  const { network, compile } = compileOf(spec, example, options);
  const validationSplit = options.validationSplit ?? example?.settings.validationSplit ?? 0.2;
  const settings: RunSettings = {
    version: 1,
    data: options.data === undefined ? example!.data : parseData(options.data),
    seed: options.seed,
    epochs: options.epochs ?? example?.settings.epochs ?? 10,
    batchSize: options.batchSize ?? example?.settings.batchSize ?? 32,
    validationSplit,
    shuffle: options.shuffle,
    compile,
    keras: options.keras ?? example?.settings.keras ?? "3",
    ...monitorSettings(options, validationSplit),
  };
  assertMonitors(network, settings, validationSplit > 0);
  return { name: example?.name ?? `${stemOf(file!)}-run`, spec: withoutCompile(spec), settings };
}

function exampleNamed(name: string): Example {
  const found = trainingExamples.find((example) => example.name === name);
  if (found !== undefined) return found;
  const names = trainingExamples.map((example) => example.name);
  const near = nearestNames(name, names, 1)[0];
  const meant = near === undefined ? "" : ` Did you mean ${near}?`;
  throw new ReadError(
    "bad-option",
    `There is no example ${JSON.stringify(name)}; there are ${names.join(", ")}.${meant}`,
  );
}

async function specOf(file: string): Promise<KerasJson> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw systemError(error, file);
  }
  return parseSpec(text, file);
}

/** Optimizer, loss and metrics: what the options say, else the spec, else what fits the network's output. */
function compileOf(
  spec: KerasJson,
  example: Example | null,
  options: TrainOptions,
): { readonly network: Network; readonly compile: RunSettings["compile"] } {
  const stated = (spec.compile_config ?? {}) as RunSettings["compile"];
  const network = networkFromJson(spec);
  const rate = options.learningRate ?? (options.optimizer === undefined ? example?.learningRate : undefined);
  const optimizer = options.optimizer ?? example?.optimizer;
  const base = stated.optimizer ?? "Adam";
  const named = optimizer ?? (typeof base === "string" ? base : undefined);
  const chosen = named === undefined ? base : { class_name: named, config: {} };
  const { class_name, config } = chosen as { class_name?: unknown; config?: Record<string, unknown> };
  const compile = {
    optimizer: {
      class_name,
      config: rate === undefined ? (config ?? {}) : { ...config, learning_rate: rate },
    },
    loss: options.loss ?? stated.loss ?? lossFor(network.layers.at(-1)?.config.activation),
    metrics: options.metrics ?? stated.metrics ?? ["accuracy"],
  };
  // Refused now, not after the data was read.
  const settled = compileOptionsOf(compile);
  if (settled === null) throw new ReadError("bad-option", "There is no loss: give --loss.");
  network.compile(settled);
  return { network, compile };
}

function lossFor(activation: unknown): string {
  if (activation === "softmax") return "categorical_crossentropy";
  return activation === "sigmoid" ? "binary_crossentropy" : "mean_squared_error";
}

/** The run's settings hold what the network is compiled with; the spec should not say something else. */
function withoutCompile({ compile_config: _, ...spec }: KerasJson): KerasJson {
  return spec;
}
