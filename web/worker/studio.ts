import { transfer } from "comlink";
import {
  fromUrl,
  type Kernel,
  type Model,
  type Montage,
  type MontageOptions,
  montage,
  type OpenOptions,
  open,
  readKernel,
} from "kernelscope";
import type { Answer, Place, Studio, View, Wanted } from "../protocol.ts";
import { fitted } from "./fitted.ts";
import { spawnFrom } from "./hdf5-spawn.ts";
import { modelFacts } from "./model-facts.ts";
import { pictureFacts, sliceFacts, weightFacts } from "./picture-facts.ts";
import { pngFile } from "./png-file.ts";
import { problemOf } from "./problem.ts";
import { rasterArea } from "./raster-area.ts";
import { sourceOf } from "./source-of.ts";

/** The worker's side of the page: one model, the kernel looked at last, and its picture. */
export function createStudio(): Studio {
  let model: Model | null = null;
  let read: { readonly layer: number; readonly kernel: Kernel } | null = null;
  let picture: Montage | null = null;
  let writing: AbortController | null = null;

  async function kernelOf(layer: number, onProgress: (done: number, total: number) => void): Promise<Kernel> {
    if (read?.layer === layer) return read.kernel;
    // Freed first: two large kernels need not fit beside each other.
    read = null;
    picture = null;
    const chosen = model?.layers[layer];
    if (chosen === undefined) throw new Error(`there is no layer ${layer}`);
    const kernel = await readKernel(chosen, { onProgress });
    read = { layer, kernel };
    return kernel;
  }

  const drawn = (): Montage => {
    if (picture === null) throw new Error("nothing is drawn");
    return picture;
  };

  return {
    open: (files, wanted, hdf5, onProgress) =>
      answer(async () => {
        const source = sourceOf(files);
        model = await open(source, {
          ...optionsFor(wanted),
          onProgress,
          spawn: hdf5 === null ? undefined : spawnFrom(hdf5),
        });
        return modelFacts(
          model,
          source.name,
          files.reduce((sum, { file }) => sum + file.size, 0),
        );
      }),
    openAddress: (address, wanted, hdf5, onProgress) =>
      answer(async () => {
        const source = await fromUrl(address);
        model = await open(source, {
          ...optionsFor(wanted),
          onProgress,
          spawn: hdf5 === null ? undefined : spawnFrom(hdf5),
        });
        return modelFacts(model, address, source.size);
      }),
    draw: (layer, view, room, onProgress) =>
      answer(async () => {
        const kernel = await kernelOf(layer, onProgress);
        picture =
          view.cell === null ? fitted(kernel, optionsOf(view), room) : montage(kernel, optionsOf(view));
        return pictureFacts(picture);
      }),
    async paint(rect) {
      const painted = await answer(async () => rasterArea(drawn(), rect));
      return painted.ok ? transfer(painted, [painted.value.data.buffer]) : painted;
    },
    pick: (x, y) =>
      answer(async () => {
        const at = drawn().pixelToWeight(x, y);
        if (at === null) return null;
        return weightFacts(drawn(), {
          out: at.out,
          in: at.in,
          slice: at.depth,
          row: at.row,
          column: at.column,
        });
      }),
    read: (place: Place) =>
      answer(async () => {
        const weight = weightFacts(drawn(), place);
        if (weight === null) throw new Error("there is no such weight");
        return { weight, slice: sliceFacts(drawn(), place) };
      }),
    png: (onProgress) =>
      answer(async () => {
        writing = new AbortController();
        return pngFile(drawn(), onProgress, writing.signal);
      }),
    async stopPng() {
      writing?.abort();
    },
  };
}

/** What the user wants, as the library is told. */
function optionsFor({ axisOrder, entry }: Wanted): Pick<OpenOptions, "axisOrder" | "entry"> {
  return { axisOrder: axisOrder ?? undefined, entry: entry ?? undefined };
}

async function answer<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

/** The montage options that the command derives from the same choices. */
function optionsOf(view: View): MontageOptions {
  const { sliceAxis, normalize, colormap, symmetric, trim, cell } = view;
  return { sliceAxis, normalize, colormap, symmetric, trim: trim ?? undefined, cell: cell ?? undefined };
}
