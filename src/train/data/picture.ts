/** An 8-bit RGB picture, interleaved, row-major: `width * height * 3` bytes. */
export interface Picture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Turns the bytes of a JPEG (or what else the platform reads) into pixels; given by the platform. */
export type DecodePicture = (bytes: Uint8Array<ArrayBuffer>, name: string) => Promise<Picture>;

/** A file of a folder or archive, read when asked for. */
export interface PictureFile {
  /** Path with forward slashes, relative to the folder or archive. */
  readonly path: string;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** RGBA pixels without their alpha. */
export function withoutAlpha(pixels: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const count = pixels.length / 4;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    rgb[i * 3] = pixels[i * 4]!;
    rgb[i * 3 + 1] = pixels[i * 4 + 1]!;
    rgb[i * 3 + 2] = pixels[i * 4 + 2]!;
  }
  return rgb;
}
