import { Command } from "commander";
import { ReadError } from "../../../index.ts";
import { lossOf, metricOf } from "../../../train/index.ts";
import { parseData } from "../../train/data-settings.ts";
import { loadData } from "../../train/load-data.ts";
import { loadNetwork } from "../../train/load-network.ts";
import { threadPool } from "../../train/threads.ts";
import { type Context, EXIT, print } from "../context.ts";
import { createProgress } from "../progress.ts";
import { addLossOptions, batchSizeOption, dataOption, threadsOption } from "../train-options.ts";
import { examples, withCommas } from "../usage.ts";

interface EvaluateOptions {
  readonly data?: string;
  readonly batchSize?: number;
  readonly loss?: string;
  readonly metrics?: readonly string[];
  readonly threads?: number;
  readonly json?: boolean;
}

/** `kernelscope evaluate MODEL --data DATA`. */
export function evaluateCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("evaluate")
    .description("Loss and metrics of a trained network on data, as Keras's evaluate gives them.")
    .argument("<MODEL>", "a .keras file, or the folder of a run (its last checkpoint)")
    .addOption(dataOption())
    .addOption(batchSizeOption())
    .addOption(threadsOption())
    .option("--json", "the numbers as one JSON object");
  return addLossOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope evaluate model.keras --data test/", "pictures, one folder a class"],
        ["kernelscope evaluate run --data moving-digits", "drawn samples that training did not see"],
      ]),
    )
    .action(async (path: string, options: EvaluateOptions) => {
      await evaluate(path, options, context);
      settle(EXIT.ok);
    });
}

async function evaluate(path: string, options: EvaluateOptions, context: Context): Promise<void> {
  if (options.data === undefined)
    throw new ReadError("bad-option", "Say on what to evaluate: --data FOLDER, …");
  // Another seed than that of training: drawn samples are new ones.
  const settings = parseData(options.data, 1);
  const { network } = await loadNetwork(path, threadPool(options.threads));
  try {
    const loss = options.loss === undefined ? network.compiled?.loss : lossOf(options.loss);
    if (loss === undefined)
      throw new ReadError("bad-option", "The file names no loss: give --loss.", { file: path });
    const metrics = options.metrics?.map(metricOf) ?? network.compiled?.metrics ?? ["accuracy"];
    network.compile({ loss, metrics });
    const progress = createProgress(context);
    const data = await loadData(settings, network, {
      signal: context.signal,
      onProgress: (done, total, what) => progress.show(done - 1, total, what),
    });
    progress.clear();
    const result = await network.evaluate(data.inputs, data.targets, { batchSize: options.batchSize ?? 32 });
    const samples = data.inputs.shape[0]!;
    const text = Object.entries(result)
      .map(([name, value]) => `${name}: ${value.toFixed(4)}`)
      .join(" - ");
    await print(
      context,
      options.json
        ? `${JSON.stringify({ samples, ...result })}\n`
        : `${withCommas(samples)} samples of ${data.name} - ${text}\n`,
    );
  } finally {
    network.close();
  }
}
