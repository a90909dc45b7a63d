import type { ConvLayer } from "../../model/model.ts";
import type { Callback, Logs, Training } from "../callbacks/callback.ts";
import { encodeFileVersion, encodeSummary, type SummaryPicture, type SummaryValue } from "./event-file.ts";

/** TensorBoard's runs, as Keras's callback names them. */
export type TensorBoardRun = "train" | "validation";

/** Where events go, and what is written beside the numbers. */
export interface TensorBoardOptions {
  /** Appends to the event file of a run; called for `validation` only when there is some. */
  readonly write: (run: TensorBoardRun, record: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** A picture of a layer's kernel; default none. */
  readonly picture?: ((layer: ConvLayer) => Promise<SummaryPicture>) | undefined;
  /** Epochs between two histograms; default 1, 0 for none. */
  readonly histogramFreq?: number | undefined;
  /** Seconds since 1970; default the clock. */
  readonly now?: (() => number) | undefined;
}

/**
 * Writes what TensorBoard shows: `epoch_loss` and the other numbers as Keras's own callback names them, a histogram of
 * every weight, and, other than Keras's, a picture of the kernels of every convolution, three-dimensional ones too.
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  const { picture, histogramFreq = 1 } = options;
  const now = options.now ?? (() => Date.now() / 1000);
  const begun = new Set<TensorBoardRun>();
  const write = async (run: TensorBoardRun, values: readonly SummaryValue[], step: number): Promise<void> => {
    if (values.length === 0) return;
    if (!begun.has(run)) await options.write(run, encodeFileVersion(now()));
    begun.add(run);
    await options.write(run, encodeSummary(values, step, now()));
  };
  const weights = async (training: Training, step: number): Promise<void> => {
    const values = training.network.layers.flatMap((layer) => {
      const arrays = layer.getWeights();
      return layer.parameters.flatMap(({ name }, i) => histogramsOf(`${layer.name}/${name}`, arrays[i]!));
    });
    await write("train", values, step);
    if (picture === undefined) return;
    for (const layer of training.network.toModel().layers) {
      const pictures = [await picture(layer)];
      await write("train", [{ kind: "pictures", tag: `${layer.name}/kernels`, pictures }], step);
    }
  };
  return {
    async onEpochEnd(epoch, logs, training) {
      const { train, validation } = split(logs);
      train.push({ kind: "scalar", tag: "epoch_learning_rate", value: training.learningRate });
      await write("train", train, epoch);
      await write("validation", validation, epoch);
      if (histogramFreq > 0 && epoch % histogramFreq === 0) await weights(training, epoch);
    },
  };
}

function split(logs: Logs): { train: SummaryValue[]; validation: SummaryValue[] } {
  const scalar = (name: string, value: number): SummaryValue => ({
    kind: "scalar",
    tag: `epoch_${name}`,
    value,
  });
  const entries = Object.entries(logs);
  return {
    train: entries.filter(([name]) => !name.startsWith("val_")).map(([name, value]) => scalar(name, value)),
    validation: entries
      .filter(([name]) => name.startsWith("val_"))
      .map(([name, value]) => scalar(name.slice(4), value)),
  };
}

/** The histogram, and how many values it leaves out where there are some. */
function histogramsOf(tag: string, values: Float32Array): readonly SummaryValue[] {
  const lost = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  const histogram: SummaryValue = { kind: "histogram", tag, values };
  return lost === 0 ? [histogram] : [histogram, { kind: "scalar", tag: `${tag}/not_finite`, value: lost }];
}
