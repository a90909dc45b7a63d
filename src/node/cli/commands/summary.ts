import { Command, Option } from "commander";
import { renderSummary, SUMMARY_STYLES, type SummaryOptions } from "../../../report.ts";
import { type Context, EXIT, print, say } from "../context.ts";
import { noteOf } from "../failure.ts";
import { addOpenOptions, numberParser, type OpenFlags, wordParser } from "../options.ts";
import { columnsOf, usesColor } from "../terminal.ts";
import { examples } from "../usage.ts";
import { withModel } from "../with-model.ts";

interface SummaryCommandOptions extends OpenFlags {
  readonly style?: SummaryOptions["style"];
  readonly lineLength?: number;
  readonly showTrainable?: boolean;
  readonly expandNested?: boolean;
}

const STYLES = ["keras2", ...SUMMARY_STYLES] as const;

/** `kernelscope summary FILE`. */
export function summaryCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("summary")
    .description(
      "Prints the architecture in FILE as model.summary() of Keras does, line for line;\n" +
        "the list of tensors where the file holds no architecture.",
    )
    .argument("<FILE>", "a weight file, a folder or archive of one, an address, or '-' for standard input")
    .addOption(
      new Option(
        "--style <style>",
        `${STYLES.join(", ")} (default: as the Keras that wrote the file; keras2 is its plain rows)`,
      ).argParser(wordParser(STYLES)),
    )
    .addOption(
      new Option("--line-length <characters>", "length of every line (default: as Keras chooses)").argParser(
        numberParser({ min: 20, max: 1000, whole: true }),
      ),
    )
    .option("--show-trainable", "a column that says whether a layer is trained")
    .option("--expand-nested", "the layers of nested models too");
  return addOpenOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope summary model.keras", "in the form of the Keras that wrote it"],
        ["kernelscope summary model.h5 --style keras2", "plain rows"],
        ["kernelscope summary model.keras --line-length 120 --expand-nested", "wide, with nested models"],
      ]),
    )
    .action(async (file: string, options: SummaryCommandOptions) => {
      const { axisOrder, entry, ...look } = options;
      await withModel(file, { axisOrder, entry }, context, async (model) => {
        if (model.architecture === null && options.style !== undefined) {
          say(
            context,
            noteOf(
              model.file,
              "The file holds no architecture, so --style does not apply; these are its tensors.",
            ),
          );
        }
        const columns = columnsOf(context);
        await print(context, renderSummary(model, { ...look, columns, color: usesColor(context) }));
      });
      settle(EXIT.ok);
    });
}
