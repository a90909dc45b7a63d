import { ReadError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { castWeights, type ExportOptions, weightBytes } from "./cast.ts";
import { archiveKeys } from "./keys.ts";
import { npyHeader } from "./npy.ts";

/** What a zip without its 64-bit extension can hold. */
const ZIP_LIMIT = 0xffffffff;

/**
 * `kernels` as one NumPy `.npz`, stored as `numpy.savez` does; each array's key is its layer's name. The same
 * kernels give the same bytes.
 *
 * @throws ReadError `limit` when they pass 4 GiB, which such a zip cannot hold.
 * @example
 * for await (const chunk of encodeNpz([kernel])) await file.write(chunk);
 */
export async function* encodeNpz(
  kernels: readonly Kernel[],
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const dtype = options.dtype ?? "float32";
  const total = kernels.reduce((sum, kernel) => sum + weightBytes(kernel, dtype), 0);
  if (total + kernels.length * 4096 > ZIP_LIMIT) {
    throw new ReadError(
      "limit",
      `The kernels take ${total} bytes, and an .npz holds at most ${ZIP_LIMIT}: export them as .npy files.`,
    );
  }
  const { Zip, ZipPassThrough } = await import("fflate");
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  });
  const keys = archiveKeys(kernels);
  for (const [index, kernel] of kernels.entries()) {
    const entry = new ZipPassThrough(`${keys[index]}.npy`);
    entry.mtime = new Date(1980, 0, 1);
    zip.add(entry);
    entry.push(npyHeader(kernel.shape, dtype));
    for (const part of castWeights(kernel, dtype)) {
      entry.push(part);
      yield* chunks;
      chunks = [];
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* chunks;
}
