import type { Scanlines } from "./scanlines.ts";

/**
 * Compresses all bands of `scanlines` to one raw deflate stream (RFC 1951), handed over in pieces of any size.
 * `loadSimd` brings a faster one, `kernelscope/node` one that chooses between that and zlib.
 */
export type Deflate = (scanlines: Scanlines) => AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Bytes of a band: large enough for compression, small enough to be held a few times over. */
const BAND_BYTES = 256 * 1024;

/** Deflate by the platform's own CompressionStream, in browsers, workers and Node. */
export const streamDeflate: Deflate = async function* (scanlines) {
  const stream = new CompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // Bands are written while pieces are read: neither side waits for all of the other's bytes.
  const writing = (async () => {
    for (;;) {
      const band = new Uint8Array(Math.max(BAND_BYTES, scanlines.rowBytes));
      const bytes = scanlines.fill(band);
      if (bytes === 0) break;
      await writer.ready;
      await writer.write(band.subarray(0, bytes));
    }
    await writer.close();
  })();
  // A failure surfaces at the reader or at the end; without this it would be an unhandled rejection in between.
  writing.catch((reason: unknown) => writer.abort(reason).catch(() => undefined));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield new Uint8Array(value);
  }
  await writing;
};
