import { type Command, Option } from "commander";
import { DATA_HELP } from "../train/data-settings.ts";
import { addMonitorOptions, type MonitorOptions } from "./monitor-options.ts";
import { numberParser, wordParser } from "./options.ts";

/** Optimizers by the names that they have in Keras's configs. */
const OPTIMIZERS = ["Adam", "AdamW", "SGD", "RMSprop"] as const;
/** Whose words and lines are printed. */
const ERAS = ["2.2", "2", "3"] as const;

/** What `train` may be told beside its spec. */
export interface TrainOptions extends MonitorOptions {
  readonly example?: string;
  readonly data?: string;
  /** True without an address. */
  readonly download?: string | true;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly validationSplit?: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly optimizer?: (typeof OPTIMIZERS)[number];
  readonly learningRate?: number;
  readonly loss?: string;
  readonly metrics?: readonly string[];
  readonly out?: string;
  readonly threads?: number;
  readonly keras?: (typeof ERAS)[number];
  readonly tensorboard?: string;
}

const whole = (min: number) => numberParser({ min, whole: true });

/** `--data`. */
export function dataOption(): Option {
  return new Option("--data <data>", DATA_HELP);
}

/** `--download`. */
function downloadOption(): Option {
  return new Option(
    "--download [address]",
    "fetch the archive of --data when it is not there, and print its sha256 (flowers17: from Oxford; others: from ADDRESS)",
  );
}

/** `--threads`. */
export function threadsOption(): Option {
  return new Option(
    "--threads <number>",
    "threads that work on a step (default: as many as the machine has, 8 at most; results are the same)",
  ).argParser(numberParser({ min: 1, max: 64, whole: true }));
}

/** `--tensorboard`. */
export function tensorBoardOption(): Option {
  return new Option(
    "--tensorboard <folder>",
    "also write numbers, histograms and kernel pictures for tensorboard --logdir FOLDER",
  );
}

/** `--batch-size`. */
export function batchSizeOption(): Option {
  return new Option(
    "--batch-size <samples>",
    "samples of an update (default: 32, or the example's)",
  ).argParser(whole(1));
}

/** `--loss` and `--metrics`, which Keras's config usually states. */
export function addLossOptions(command: Command): Command {
  return command
    .option(
      "--loss <loss>",
      "Keras's name, such as categorical_crossentropy or mse (default: the spec's, or by the output)",
    )
    .option("--metrics <names...>", "Keras's names (default: the spec's, or accuracy)");
}

/** Everything that `train` may be told. */
export function addTrainOptions(command: Command): Command {
  addLossOptions(
    command
      .addOption(dataOption())
      .addOption(downloadOption())
      .addOption(
        new Option("--epochs <number>", "passes over the data (default: 10, or the example's)").argParser(
          whole(1),
        ),
      )
      .addOption(batchSizeOption())
      .addOption(
        new Option(
          "--validation-split <share>",
          "the last samples that are held out, 0 to below 1 (default: 0.2)",
        ).argParser(numberParser({ min: 0, max: 0.999 })),
      )
      .addOption(
        new Option("--seed <number>", "of initial weights, order and dropout")
          .argParser(numberParser({ min: 0, max: 2 ** 32 - 1, whole: true }))
          .default(0),
      )
      .option("--no-shuffle", "take the samples in their order")
      .addOption(
        new Option("--optimizer <name>", `${OPTIMIZERS.join(", ")} (default: the spec's, or Adam)`).argParser(
          wordParser(OPTIMIZERS),
        ),
      )
      .addOption(
        new Option("--learning-rate <rate>", "(default: the optimizer's own)").argParser(
          numberParser({ min: 0 }),
        ),
      ),
  );
  return addMonitorOptions(command)
    .option("-o, --out <folder>", "the run's folder (default: named by the example or the spec)")
    .addOption(threadsOption())
    .addOption(tensorBoardOption())
    .addOption(
      new Option(
        "--keras <era>",
        "whose summary and progress lines: 2.2, 2 or 3 (default: 3, or the example's)",
      ).argParser(wordParser(ERAS)),
    );
}
