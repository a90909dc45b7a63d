import { deflateRaw } from "node:zlib";
import { type Deflate, type Scanlines, type Simd, streamDeflate } from "../index.ts";

/** Up to this many bytes of rows a picture is compressed as well as zlib can, which then takes a few milliseconds. */
const SMALL = 2 * 1024 * 1024;

/**
 * Deflate for PNG files: small pictures by Node's zlib, for the smallest files; large ones by `simd`, for speed, or
 * by the platform's stream where that is missing.
 */
export function nodeDeflate(simd: Simd | null): Deflate {
  const large = simd?.deflate ?? streamDeflate;
  return (scanlines) => (scanlines.total <= SMALL ? deflateAtOnce(scanlines) : large(scanlines));
}

async function* deflateAtOnce(scanlines: Scanlines): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const rows = new Uint8Array(scanlines.total);
  let filled = 0;
  while (filled < rows.length) filled += scanlines.fill(rows.subarray(filled));
  yield await new Promise((resolve, reject) => {
    // One piece, so that the thread pool is entered once.
    deflateRaw(rows, { chunkSize: rows.length + (rows.length >> 3) + 256, memLevel: 9 }, (error, result) => {
      if (error !== null) reject(error);
      else
        resolve(new Uint8Array(result.buffer, result.byteOffset, result.length) as Uint8Array<ArrayBuffer>);
    });
  });
}
