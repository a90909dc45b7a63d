import { ReadError } from "../../errors.ts";
import type { NdArray } from "../data/array.ts";

/** What a zip without its 64-bit extension can hold. */
const ZIP_LIMIT = 0xffffffff;
/** Bytes that are handed on together. */
const PIECE = 2 ** 20;

/**
 * Arrays as one NumPy `.npz`, stored as `numpy.savez` does; bytes stay bytes. The same arrays give the same file.
 *
 * @throws ReadError `limit` when they pass 4 GiB
 */
export async function* writeNpz(
  arrays: ReadonlyMap<string, NdArray>,
): AsyncGenerator<Uint8Array<ArrayBufferLike>> {
  const total = [...arrays.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (total + arrays.size * 4096 > ZIP_LIMIT) {
    throw new ReadError("limit", `The data take ${total} bytes, and an .npz holds at most ${ZIP_LIMIT}.`);
  }
  const { Zip, ZipPassThrough } = await import("fflate");
  let chunks: Uint8Array<ArrayBufferLike>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    chunks.push(chunk);
  });
  for (const [name, { data, shape }] of arrays) {
    const entry = new ZipPassThrough(`${name}.npy`);
    entry.mtime = new Date(1980, 0, 1);
    zip.add(entry);
    entry.push(npyHeader(data instanceof Uint8Array ? "|u1" : "<f4", shape));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE) {
      entry.push(bytes.subarray(at, at + PIECE));
      yield* chunks;
      chunks = [];
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* chunks;
}

/** NPY format 1.0: magic, length, a Python dictionary padded so that data begin at a multiple of 64. */
function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new Uint8Array(10 + length).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  header.set(new TextEncoder().encode(text), 10);
  header[header.length - 1] = 0x0a;
  return header;
}
