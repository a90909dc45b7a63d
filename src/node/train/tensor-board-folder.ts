import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { encodePng, montage, readKernel } from "../../index.ts";
import { type Callback, type TensorBoardRun, tensorBoard } from "../../train/index.ts";
import { systemError } from "../system-error.ts";

/** Options of `tensorBoardFolder`. */
export interface TensorBoardFolderOptions {
  /** Epochs between two histograms and pictures; default 1, 0 for none. */
  readonly histogramFreq?: number | undefined;
}

/**
 * `tensorBoard` into a folder that `tensorboard --logdir FOLDER` shows: numbers, histograms and a picture of every
 * convolution's kernels, in `train` and `validation`.
 *
 * @example
 * await network.fit(x, y, { epochs: 5, callbacks: [tensorBoardFolder("logs")] });
 */
export function tensorBoardFolder(folder: string, options: TensorBoardFolderOptions = {}): Callback {
  const files = new Map<TensorBoardRun, string>();
  return tensorBoard({
    ...options,
    async write(run, record) {
      const path =
        files.get(run) ??
        join(folder, run, `events.out.tfevents.${Math.floor(Date.now() / 1000)}.kernelscope`);
      try {
        if (!files.has(run)) await mkdir(join(folder, run), { recursive: true });
        files.set(run, path);
        // One append a record: a reader that looks in between sees whole records.
        await appendFile(path, record);
      } catch (error) {
        throw systemError(error, path, "It could not be written: ");
      }
    },
    async picture(layer) {
      // With its scale bar: TensorBoard shows nothing but the picture, and every epoch has a range of its own.
      const picture = montage(await readKernel(layer), { labels: true });
      return { width: picture.width, height: picture.height, png: await encodePng(picture) };
    },
  });
}
