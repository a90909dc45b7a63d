import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type DecodePicture, jpegDecoder } from "../../train/index.ts";

/** A JPEG decoder for Node: `jpegDecoder` with the package's WebAssembly from disk. */
export async function nodeJpegDecoder(): Promise<DecodePicture> {
  const path = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  return jpegDecoder(new Uint8Array(await readFile(path)));
}
