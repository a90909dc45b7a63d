import { Command } from "commander";
import { explainLayer, frozenPositions, selectLayers } from "../../../report.ts";
import { type Context, EXIT, print } from "../context.ts";
import { addFoldOption, type FoldFlags, foldExplained } from "../fold.ts";
import { addOpenOptions, type OpenFlags } from "../options.ts";
import { examples, LAYER_HELP } from "../usage.ts";
import { withModel } from "../with-model.ts";

/** `kernelscope explain FILE [LAYER...]`. */
export function explainCommand(context: Context, settle: (code: number) => void): Command {
  const command = new Command("explain")
    .description(
      "Explains where a layer's parameters come from, how many slices it has and which never learned.\n" +
        `No weights are read.\n${LAYER_HELP} Without LAYER: every layer.`,
    )
    .argument("<FILE>", "a weight file, a folder or archive of one, an address, or '-' for standard input")
    .argument("[LAYER...]", "which layers");
  addFoldOption(command, "say which batch normalisation can be folded into the kernel, and how");
  return addOpenOptions(command)
    .addHelpText(
      "after",
      examples([
        ["kernelscope explain model.keras conv1", "one layer"],
        ["kernelscope explain model.keras '#0' '#1'", "by the numbers that list shows"],
        ["kernelscope explain model.keras", "every layer"],
      ]),
    )
    .action(async (file: string, wanted: string[], options: OpenFlags & FoldFlags) => {
      await withModel(file, options, context, async (model) => {
        const layers = selectLayers(model, wanted);
        const texts = layers.map((layer) => {
          const text = explainLayer(layer, frozenPositions(layer));
          return options.foldBatchnorm ? `${text}\n${foldExplained(layer)}\n` : text;
        });
        await print(context, texts.join("\n"));
      });
      settle(EXIT.ok);
    });
}
