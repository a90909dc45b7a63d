import type { Hash } from "node:crypto";
import { type ConvLayer, montage, rasterize, readKernel } from "kernelscope";

/** Weights up to which a fuzzed layer is drawn as well as read. */
const DRAWN = 100_000;

/** Reads the kernel and draws it as a person would; what is seen goes into `hash`. */
export async function drawLayer(layer: ConvLayer, hash: Hash): Promise<void> {
  const kernel = await readKernel(layer);
  const { weights } = kernel;
  hash.update(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength));
  if (weights.length > DRAWN) return;
  const picture = montage(kernel, { cell: 4, normalize: "slice" });
  hash.update(`${picture.width}x${picture.height} ${JSON.stringify(picture.counts)}`);
  hash.update(rasterize(picture).pixels);
}
