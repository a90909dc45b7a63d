import { ReadError } from "../errors.ts";

/** Bytes of a header, and what contents are padded to. */
export const TAR_BLOCK = 512;

/** What a header block of a tar archive says. */
export interface TarHeader {
  /** With the prefix of ustar. */
  readonly name: string;
  readonly size: number;
  /** The type flag; a NUL, of the old form, is "0". */
  readonly type: string;
}

const CHECKSUM = { at: 148, length: 8 };

/** Whether `block` begins with a tar header: the sum of its bytes is the one that it states. */
export function hasTarChecksum(block: Uint8Array): boolean {
  if (block.length < TAR_BLOCK || block[0] === 0) return false;
  const stated = octal(block.subarray(CHECKSUM.at, CHECKSUM.at + CHECKSUM.length));
  if (stated === null) return false;
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < TAR_BLOCK; i++) {
    const inside = i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.length;
    const byte = inside ? 0x20 : block[i]!;
    unsigned += byte;
    // Some old writers added bytes as signed ones.
    signed += byte > 127 ? byte - 256 : byte;
  }
  return stated === unsigned || stated === signed;
}

/**
 * Reads a header block whose checksum is right; `offset` is for messages.
 *
 * @throws ReadError `malformed` when the size is no number.
 */
export function readTarHeader(block: Uint8Array, offset: number): TarHeader {
  const flag = block[156]!;
  const magic = new TextDecoder("latin1").decode(block.subarray(257, 263));
  const prefix = magic === "ustar\0" ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: sizeOf(block.subarray(124, 136), offset),
    type: flag === 0 ? "0" : String.fromCharCode(flag),
  };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(used);
  } catch {
    return new TextDecoder("latin1").decode(used);
  }
}

/** Octal digits, or (GNU, star) a big-endian number whose first bit is set. */
function sizeOf(field: Uint8Array, offset: number): number {
  let size: number | null = null;
  if (field[0] === 0x80) {
    size = 0;
    for (const byte of field.subarray(1)) size = size * 256 + byte;
  } else if (field[0]! < 0x80) size = octal(field);
  if (size === null || !Number.isSafeInteger(size)) {
    const shown = [...field].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ReadError(
      "malformed",
      `An entry of the tar archive should state its size, but holds ${shown}, which is negative, too large or no number.`,
      { offset },
    );
  }
  return size;
}

/** Octal digits with spaces and NULs around them; an empty field is 0. */
function octal(field: Uint8Array): number | null {
  const digits = new TextDecoder("latin1")
    .decode(field)
    .replace(/[ \0]+$/, "")
    .trimStart();
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : null;
}
