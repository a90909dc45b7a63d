import { constants, deflateRaw, type ZlibOptions } from "node:zlib";
import { BAND_BYTES, type Deflate } from "../index.ts";

/** Up to this many bytes of rows a picture is compressed as well as zlib can, which then takes a few milliseconds. */
const SMALL = 4 * 1024 * 1024;
/** Bands under way at once: one a core, and one being painted meanwhile. */
const UNDER_WAY = 3;

/**
 * Deflates several bands at once on Node's own thread pool, which costs nothing to start. Each band ends with a full
 * flush, after which the next one can follow byte by byte. Large pictures get runs and Huffman codes only (zlib's RLE
 * strategy): on weights, which are noise to a compressor, it is the fastest and the smallest.
 */
export const poolDeflate: Deflate = async function* (scanlines) {
  const size = Math.max(4 * BAND_BYTES, scanlines.rowBytes);
  const how = scanlines.total <= SMALL ? { level: 6 } : { level: 1, strategy: constants.Z_RLE };
  const idle: Uint8Array<ArrayBuffer>[] = [];
  const queue: Promise<Uint8Array<ArrayBuffer>>[] = [];
  for (let more = true; more || queue.length > 0; ) {
    while (more && queue.length < UNDER_WAY) {
      const band = idle.pop() ?? new Uint8Array(size);
      const bytes = scanlines.fill(band);
      more = bytes > 0;
      if (more) queue.push(deflateBand(band.subarray(0, bytes), how).finally(() => idle.push(band)));
    }
    const next = queue.shift();
    if (next !== undefined) yield await next;
  }
  // An empty final block.
  yield Uint8Array.of(3, 0);
};

function deflateBand(band: Uint8Array, how: ZlibOptions): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const options = {
      ...how,
      finishFlush: constants.Z_FULL_FLUSH,
      memLevel: 9,
      // One piece a band, so that the pool is entered once.
      chunkSize: band.length + (band.length >> 3) + 256,
    };
    deflateRaw(band, options, (error, result) => {
      if (error !== null) reject(error);
      else
        resolve(new Uint8Array(result.buffer, result.byteOffset, result.length) as Uint8Array<ArrayBuffer>);
    });
  });
}
