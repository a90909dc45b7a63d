import { ReadError } from "../../errors.ts";
import type { Dataset } from "./array.ts";
import { type ImageFolderOptions, imageFolder } from "./image-folder.ts";
import type { PictureFile } from "./picture.ts";

/** Where Oxford's archive is published; this project does not redistribute it. */
export const FLOWERS17_URL = "https://www.robots.ox.ac.uk/~vgg/data/flowers/17/17flowers.tgz";

const PICTURES = 1360;
const PER_CLASS = 80;

/**
 * Oxford's 17 category flowers as the usual loader (tflearn's `oxflower17`) makes them: `image_0001.jpg` to
 * `image_1360.jpg` go to folders named floor((i - 1) / 80), and **the label is the folder's place in string
 * order** (`0, 1, 10, …, 16, 2, …, 9`: label 2 is folder "10"). 224 x 224, Lanczos, aspect ratio not kept. That loader
 * shuffles once; `shuffle` does so by a seed of NumPy's generator.
 *
 * @param files the archive's or folder's files, in any order, in folders or not
 * @throws ReadError `not-found` with what is missing and where to get the archive
 */
export async function flowers17(
  files: readonly PictureFile[],
  options: ImageFolderOptions,
): Promise<Dataset> {
  const numbered = new Map<number, PictureFile>();
  for (const file of files) {
    const match = /(?:^|\/)image_(\d{4})\.jpg$/i.exec(file.path);
    if (match !== null) numbered.set(Number(match[1]), file);
  }
  const missing = Array.from({ length: PICTURES }, (_, i) => i + 1).filter((number) => !numbered.has(number));
  if (missing.length > 0) {
    throw new ReadError(
      "not-found",
      `Oxford's 17 flowers are the pictures image_0001.jpg to image_1360.jpg; ${missing.length} of them are missing, the first is image_${String(missing[0]).padStart(4, "0")}.jpg. Get the archive from ${FLOWERS17_URL} and give its path.`,
    );
  }
  const foldered = Array.from({ length: PICTURES }, (_, i): PictureFile => {
    const file = numbered.get(i + 1)!;
    const name = `image_${String(i + 1).padStart(4, "0")}.jpg`;
    return { path: `${Math.floor(i / PER_CLASS)}/${name}`, bytes: () => file.bytes() };
  });
  return imageFolder(foldered, { ...options, name: "Oxford 17 flowers" });
}
