import { ReadError } from "../../errors.ts";
import type { DecodePicture } from "./picture.ts";
import { withoutAlpha } from "./picture.ts";

/**
 * A decoder for JPEG files whose pixels equal Pillow's: mozjpeg compiled to WebAssembly (@jsquash/jpeg).
 *
 * @param wasm the package's `codec/dec/mozjpeg_dec.wasm`, where the platform cannot fetch it by itself (Node)
 */
export async function jpegDecoder(wasm?: Uint8Array<ArrayBuffer>): Promise<DecodePicture> {
  const compiled = wasm === undefined ? undefined : await WebAssembly.compile(wasm);
  const { default: factory } = await import("@jsquash/jpeg/codec/dec/mozjpeg_dec.js");
  const { initEmscriptenModule } = await import("@jsquash/jpeg/utils.js");
  // What the decoder would print is said by our own error.
  const codec = await initEmscriptenModule(factory, compiled, { printErr: () => undefined });
  return async (bytes, name) => {
    const decoded = bytes[0] === 0xff && bytes[1] === 0xd8 ? decode(codec, bytes) : null;
    if (decoded === null) {
      throw new ReadError("malformed", "The picture is no JPEG that can be decoded.", { file: name });
    }
    return { pixels: withoutAlpha(decoded.data), width: decoded.width, height: decoded.height };
  };
}

interface Decoded {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

function decode(
  codec: { decode(bytes: ArrayBuffer, preserveOrientation: boolean): Decoded | null },
  bytes: Uint8Array<ArrayBuffer>,
): Decoded | null {
  try {
    return codec.decode(bytes.slice().buffer, false);
  } catch {
    return null;
  }
}
