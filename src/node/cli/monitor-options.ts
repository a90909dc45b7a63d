import { type Command, Option } from "commander";
import { ReadError } from "../../index.ts";
import type { RunSettings } from "../train/run-settings.ts";
import { numberParser } from "./options.ts";

/** What `train` may be told about ending early and about lowering the learning rate. */
export interface MonitorOptions {
  /** True without a number: Keras's default. */
  readonly earlyStopping?: number | true;
  readonly restoreBestWeights?: boolean;
  readonly minDelta?: number;
  readonly reduceOnPlateau?: number | true;
  readonly plateauFactor?: number;
  readonly plateauCooldown?: number;
  readonly minLearningRate?: number;
  readonly monitor?: string;
}

const whole = numberParser({ min: 0, whole: true });
const positive = numberParser({ min: 0 });

/** `--early-stopping`, `--reduce-on-plateau` and what goes with them. */
export function addMonitorOptions(command: Command): Command {
  const early = "with --early-stopping:";
  const plateau = "with --reduce-on-plateau:";
  return command
    .addOption(
      new Option(
        "--early-stopping [patience]",
        "end when a number has not become better for so many epochs (default: 0, as in Keras: at the first one)",
      ).argParser(whole),
    )
    .option("--restore-best-weights", `${early} end with the weights of the best epoch`)
    .addOption(
      new Option("--min-delta <amount>", `${early} the least that counts as better`).argParser(positive),
    )
    .addOption(
      new Option(
        "--reduce-on-plateau [patience]",
        "lower the learning rate when a number has not become better for so many epochs (default: 10, as in Keras)",
      ).argParser(whole),
    )
    .addOption(
      new Option(
        "--plateau-factor <factor>",
        `${plateau} what the rate is multiplied with (default: 0.1)`,
      ).argParser(factor),
    )
    .addOption(
      new Option(
        "--plateau-cooldown <epochs>",
        `${plateau} epochs of rest afterwards (default: 0)`,
      ).argParser(whole),
    )
    .addOption(
      new Option("--min-learning-rate <rate>", `${plateau} the lowest rate (default: 0)`).argParser(positive),
    )
    .option(
      "--monitor <name>",
      "the number that both watch, such as val_accuracy (default: val_loss, or loss when nothing is held out)",
    );
}

/**
 * The part of a run's settings that these options are.
 *
 * @throws ReadError `bad-option` for an option whose leader is missing
 */
export function monitorSettings(
  options: MonitorOptions,
  validationSplit: number,
): Pick<RunSettings, "earlyStopping" | "reduceOnPlateau"> {
  needs(options, "earlyStopping", "--early-stopping", {
    restoreBestWeights: "--restore-best-weights",
    minDelta: "--min-delta",
  });
  needs(options, "reduceOnPlateau", "--reduce-on-plateau", {
    plateauFactor: "--plateau-factor",
    plateauCooldown: "--plateau-cooldown",
    minLearningRate: "--min-learning-rate",
  });
  const { earlyStopping, reduceOnPlateau } = options;
  if (options.monitor !== undefined && earlyStopping === undefined && reduceOnPlateau === undefined) {
    throw new ReadError("bad-option", "--monitor goes with --early-stopping or --reduce-on-plateau.");
  }
  const monitor = options.monitor ?? (validationSplit > 0 ? "val_loss" : "loss");
  const settings: Pick<RunSettings, "earlyStopping" | "reduceOnPlateau"> = {};
  if (earlyStopping !== undefined) {
    settings.earlyStopping = {
      monitor,
      patience: earlyStopping === true ? 0 : earlyStopping,
      minDelta: options.minDelta ?? 0,
      restoreBestWeights: options.restoreBestWeights ?? false,
    };
  }
  if (reduceOnPlateau !== undefined) {
    settings.reduceOnPlateau = {
      monitor,
      patience: reduceOnPlateau === true ? 10 : reduceOnPlateau,
      factor: options.plateauFactor ?? 0.1,
      minLearningRate: options.minLearningRate ?? 0,
      cooldown: options.plateauCooldown ?? 0,
    };
  }
  return settings;
}

function needs(
  options: MonitorOptions,
  leader: keyof MonitorOptions,
  flag: string,
  followers: Partial<Record<keyof MonitorOptions, string>>,
): void {
  if (options[leader] !== undefined) return;
  for (const [key, name] of Object.entries(followers)) {
    if (options[key as keyof MonitorOptions] !== undefined)
      throw new ReadError("bad-option", `${name} goes with ${flag}.`);
  }
}

/** Keras refuses 1 and more. */
function factor(text: string): number {
  return numberParser({ above: 0, max: 0.999_999 })(text);
}
