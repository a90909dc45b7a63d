import { Command } from "commander";
import { openRunFolder } from "../../train/run-folder.ts";
import type { Context } from "../context.ts";
import { runTraining } from "../run-training.ts";
import { tensorBoardOption, threadsOption } from "../train-options.ts";
import { examples } from "../usage.ts";

/** `kernelscope resume RUN`. */
export function resumeCommand(context: Context, settle: (code: number) => void): Command {
  return new Command("resume")
    .description(
      "Goes on with a run that was stopped or killed, from its last checkpoint.\nIt ends with the same bytes as a run that never stopped.",
    )
    .argument("<RUN>", "the folder of a run")
    .addOption(threadsOption())
    .addOption(tensorBoardOption())
    .addHelpText(
      "after",
      examples([
        ["kernelscope resume run", "what kernelscope train began"],
        ["kernelscope resume run --threads 1", "leave the other processors alone"],
      ]),
    )
    .action(async (path: string, options: { threads?: number; tensorboard?: string }) => {
      settle(await runTraining(await openRunFolder(path, context), options, context));
    });
}
