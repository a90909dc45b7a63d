import { ReadError } from "../../errors.ts";
import { Random } from "../random.ts";
import { type Dataset, toCategorical } from "./array.ts";
import { resizeLanczos } from "./lanczos.ts";
import type { DecodePicture, PictureFile } from "./picture.ts";

/** How pictures in class folders become a data set. */
export interface ImageFolderOptions {
  readonly name?: string | undefined;
  readonly decode: DecodePicture;
  /** Pictures are resized to this, whatever their aspect ratio. Default 224 x 224. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Seed of a random order, NumPy's `RandomState(seed).permutation`; default: the order of classes and names. */
  readonly shuffle?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pictures in one folder a class as [samples, height, width, 3] bytes. Classes are numbered by their folders'
 * names in string order (`0, 1, 10, 11, …, 2`), pictures stay in string order within their class unless they are
 * shuffled, which they should be before a part of them is held out.
 *
 * @throws ReadError when there is no picture, or one cannot be decoded.
 */
export async function imageFolder(
  files: readonly PictureFile[],
  options: ImageFolderOptions,
): Promise<Dataset> {
  const { decode, width = 224, height = 224, shuffle, onProgress, signal } = options;
  const pictures = files.filter(({ path }) => /\.jpe?g$/i.test(path) && path.includes("/"));
  if (pictures.length === 0) {
    throw new ReadError(
      "not-found",
      `There are no JPEG pictures in class folders among the ${files.length} files.`,
    );
  }
  const classOf = (path: string): string => path.split("/").at(-2)!;
  const classNames = [...new Set(pictures.map(({ path }) => classOf(path)))].sort(byCodePoint);
  const order = new Map(classNames.map((className, index) => [className, index]));
  const sorted = [...pictures].sort(
    (a, b) => order.get(classOf(a.path))! - order.get(classOf(b.path))! || byCodePoint(a.path, b.path),
  );
  // The list and not the pixels, of which there is only room for one copy.
  const chosen =
    shuffle === undefined
      ? sorted
      : Array.from(new Random(shuffle).permutation(sorted.length), (i) => sorted[i]!);
  const each = width * height * 3;
  const data = new Uint8Array(chosen.length * each);
  for (const [index, file] of chosen.entries()) {
    signal?.throwIfAborted();
    const picture = await decode(await file.bytes(), file.path);
    const size = { width: picture.width, height: picture.height, channels: 3 };
    data.set(resizeLanczos(picture.pixels, size, { width, height }), index * each);
    onProgress?.(index + 1, chosen.length);
  }
  return {
    name: options.name ?? "image folder",
    inputs: { data, shape: [chosen.length, height, width, 3] },
    labels: toCategorical(
      chosen.map(({ path }) => order.get(classOf(path))!),
      classNames.length,
    ),
    classNames,
  };
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
