import { crc32, inflateSync } from "node:zlib";

/** A PNG taken apart, every checksum looked at. */
export interface ReadPng {
  readonly width: number;
  readonly height: number;
  /** 0 gray, 2 RGB, 3 palette. */
  readonly colorType: number;
  readonly chunks: readonly string[];
  readonly text: Readonly<Record<string, string>>;
  /** Three bytes a pixel, whatever the file has. */
  readonly rgb: Uint8Array;
}

/** Reads an 8-bit PNG without interlace, by the specification and not by our encoder. */
export function readPng(file: Uint8Array): ReadPng {
  // A Buffer may be a window into shared memory; a copy is not.
  const bytes = Uint8Array.from(file);
  const view = new DataView(bytes.buffer);
  if (Buffer.from(bytes.subarray(0, 8)).toString("hex") !== "89504e470d0a1a0a")
    throw new Error("no PNG signature");
  const chunks: string[] = [];
  const idat: Uint8Array[] = [];
  const text: Record<string, string> = {};
  let header: DataView | null = null;
  let palette = new Uint8Array(0);
  for (let at = 8; at < bytes.length; ) {
    const length = view.getUint32(at);
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (view.getUint32(at + 8 + length) !== crc32(bytes.subarray(at + 4, at + 8 + length)))
      throw new Error(`CRC of ${type}`);
    chunks.push(type);
    if (type === "IHDR") header = new DataView(data.slice().buffer);
    if (type === "PLTE") palette = data.slice();
    if (type === "IDAT") idat.push(data);
    if (type === "tEXt" || type === "iTXt") {
      const end = data.indexOf(0);
      const keyword = Buffer.from(data.subarray(0, end)).toString("latin1");
      const start = type === "tEXt" ? end + 1 : end + 5;
      text[keyword] = Buffer.from(data.subarray(start)).toString(type === "tEXt" ? "latin1" : "utf8");
    }
    at += 12 + length;
  }
  if (header === null || chunks.at(-1) !== "IEND") throw new Error("chunks are missing");
  const [width, height, colorType] = [header.getUint32(0), header.getUint32(4), header.getUint8(9)];
  if (header.getUint8(8) !== 8 || header.getUint8(12) !== 0) throw new Error("not 8 bits, or interlaced");
  const channels = colorType === 2 ? 3 : 1;
  const rows = unfilter(inflateSync(Buffer.concat(idat)), width * channels, height, channels);
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      rgb[3 * i + c] =
        colorType === 2 ? rows[3 * i + c]! : colorType === 0 ? rows[i]! : palette[3 * rows[i]! + c]!;
    }
  }
  return { width, height, colorType, chunks, text, rgb };
}

function unfilter(data: Uint8Array, stride: number, height: number, bpp: number): Uint8Array {
  if (data.length !== (stride + 1) * height)
    throw new Error(`${data.length} bytes for ${height} rows of ${stride}`);
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)]!;
    for (let x = 0; x < stride; x++) {
      const raw = data[y * (stride + 1) + 1 + x]!;
      const left = x >= bpp ? rows[y * stride + x - bpp]! : 0;
      const up = y > 0 ? rows[(y - 1) * stride + x]! : 0;
      if (filter > 2) throw new Error(`filter ${filter} is not one that we write`);
      rows[y * stride + x] = raw + [0, left, up][filter]!;
    }
  }
  return rows;
}
