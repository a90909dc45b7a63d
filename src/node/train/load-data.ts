import { ReadError } from "../../index.ts";
import {
  fitInputs,
  fitLabels,
  flowers17,
  type ImageFolderOptions,
  imageFolder,
  movingDigits,
  type NdArray,
  type Network,
  proceduralFlowers,
  readArrays,
} from "../../train/index.ts";
import { fromFile } from "../file.ts";
import { assertDataPresent } from "./data-present.ts";
import type { DataSettings } from "./data-settings.ts";
import { nodeJpegDecoder } from "./jpeg.ts";
import { pictureFiles } from "./picture-files.ts";

/** Samples for a network, as it and its loss take them. */
export interface LoadedData {
  /** What the samples are called: `procedural flowers`. */
  readonly name: string;
  readonly inputs: NdArray;
  readonly targets: NdArray;
  /** Null where nothing names the classes. */
  readonly classNames: readonly string[] | null;
}

/** What accompanies a load. */
export interface LoadDataOptions {
  readonly onProgress?: ((done: number, total: number, what: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes or reads the samples that `settings` name, for a compiled network: pictures are resized to its input.
 *
 * @throws ReadError when files are missing or damaged, or do not fit the network
 */
export async function loadData(
  settings: DataSettings,
  network: Network,
  options: LoadDataOptions = {},
): Promise<LoadedData> {
  await assertDataPresent(settings);
  const raw = await load(settings, network, options);
  const loss = network.compiled?.loss.kind;
  const size = network.outputShape.at(-1)!;
  return {
    ...raw,
    inputs: fitInputs(raw.inputs, network.inputShape),
    targets: fitLabels(raw.targets, {
      size,
      sparse: loss === "sparseCategoricalCrossentropy",
      categorical: loss === "categoricalCrossentropy",
    }),
  };
}

async function load(
  settings: DataSettings,
  network: Network,
  { onProgress, signal }: LoadDataOptions,
): Promise<LoadedData> {
  const progress = (what: string) => (done: number, total: number) => onProgress?.(done, total, what);
  switch (settings.kind) {
    case "procedural-flowers":
      return named(proceduralFlowers({ ...settings, onProgress: progress("drawing flowers") }));
    case "moving-digits":
      return named(await movingDigits({ ...settings, part: settings.seed === 0 ? "train" : "test" }));
    case "flowers17":
    case "image-folder": {
      const files = await pictureFiles(settings.path);
      const pictures: ImageFolderOptions = {
        ...pictureSize(network),
        decode: await nodeJpegDecoder(),
        // Once and for all, whatever the run's seed: every class is trained on and held out.
        shuffle: 0,
        onProgress: progress("reading pictures"),
        signal,
      };
      const make = settings.kind === "flowers17" ? flowers17 : imageFolder;
      return named(await make(files, pictures));
    }
    case "arrays":
      return arrays(settings);
  }
}

function named(set: {
  readonly name: string;
  readonly inputs: NdArray;
  readonly labels: NdArray;
  readonly classNames: readonly string[];
}): LoadedData {
  return { name: set.name, inputs: set.inputs, targets: set.labels, classNames: set.classNames };
}

/** The network's input as height and width of pictures with three channels. */
function pictureSize({ inputShape }: Network): { readonly width: number; readonly height: number } {
  const [height, width, channels, last = 1] = inputShape;
  if (inputShape.length < 3 || inputShape.length > 4 || channels !== 3 || last !== 1) {
    throw new ReadError(
      "bad-option",
      `Pictures need a network whose input is [height, width, 3] or [height, width, 3, 1]; this one takes [${inputShape.join(", ")}].`,
    );
  }
  return { width: width!, height: height! };
}

/** Names that the two arrays of an .npz go by. */
const INPUT_NAMES = ["x", "x_train", "inputs", "arr_0"];
const TARGET_NAMES = ["y", "y_train", "targets", "labels", "arr_1"];

async function arrays(settings: Extract<DataSettings, { kind: "arrays" }>): Promise<LoadedData> {
  const found = await readFile(settings.inputs);
  const name = settings.inputs;
  if (settings.targets === null) {
    const pick = (names: readonly string[]): NdArray => {
      const known = names.find((each) => found.has(each));
      if (known !== undefined) return found.get(known)!;
      throw new ReadError(
        "not-found",
        `The archive should hold an array named ${names.join(" or ")}; found ${[...found.keys()].join(", ")}.`,
        { file: name },
      );
    };
    return { name, inputs: pick(INPUT_NAMES), targets: pick(TARGET_NAMES), classNames: null };
  }
  const targets = await readFile(settings.targets);
  return { name, inputs: only(found), targets: only(targets), classNames: null };
}

async function readFile(path: string): Promise<ReadonlyMap<string, NdArray>> {
  const source = await fromFile(path);
  try {
    return await readArrays(source);
  } finally {
    await source.close?.();
  }
}

function only(found: ReadonlyMap<string, NdArray>): NdArray {
  return [...found.values()][0]!;
}
