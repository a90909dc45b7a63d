import type { Kernel } from "../kernel/kernel.ts";
import { castWeights, type ExportDType, type ExportOptions } from "./cast.ts";

/**
 * `kernel` as a NumPy `.npy` file (version 1.0), row-major in canonical axes
 * [out, inPerGroup, depth, height, width]. A float32 kernel keeps every bit, NaN payloads included.
 *
 * @example
 * for (const chunk of encodeNpy(kernel)) await file.write(chunk);
 */
export function* encodeNpy(kernel: Kernel, options: ExportOptions = {}): Generator<Uint8Array<ArrayBuffer>> {
  const dtype = options.dtype ?? "float32";
  yield npyHeader(kernel.shape, dtype);
  yield* castWeights(kernel, dtype);
}

/** Magic, version, length and a dict that ends in a newline on a multiple of 64 bytes, as numpy.lib.format says. */
export function npyHeader(shape: readonly number[], dtype: ExportDType): Uint8Array<ArrayBuffer> {
  const descr = dtype === "float64" ? "<f8" : "<f4";
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const fixed = 10;
  const length = Math.ceil((fixed + dict.length + 1) / 64) * 64;
  const text = `${dict.padEnd(length - fixed - 1)}\n`;
  const bytes = new Uint8Array(length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - fixed, true);
  bytes.set(new TextEncoder().encode(text), fixed);
  return bytes;
}
