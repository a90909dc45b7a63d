import { crc32, deflateRawSync } from "node:zlib";
import { concat, little, utf8 } from "./weight.ts";

/** What a gzip'd file may say besides the truth. */
export interface GzipLies {
  readonly flags?: number;
  /** Stands between header and data, as the flags say. */
  readonly extra?: Uint8Array;
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly trailing?: Uint8Array;
}

/** `bytes` compressed with gzip, honest unless told otherwise. */
export function gzip(bytes: Uint8Array, lies: GzipLies = {}): Uint8Array<ArrayBuffer> {
  return concat([
    new Uint8Array([0x1f, 0x8b, lies.method ?? 8, lies.flags ?? 0, 0, 0, 0, 0, 0, 255]),
    lies.extra ?? utf8(""),
    deflateRawSync(bytes),
    little(lies.crc ?? crc32(bytes), 4),
    little(lies.size ?? bytes.length, 4),
    lies.trailing ?? new Uint8Array(),
  ]);
}
