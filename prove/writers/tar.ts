import { concat, utf8 } from "./weight.ts";

/** An entry of a tar archive: the truth, and where its header departs from it. */
export interface TarEntry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** Default: "0", a file. */
  readonly type?: string;
  /** The 12 bytes of the size field, or the number in it. */
  readonly size?: number | Uint8Array;
  readonly checksum?: number;
  readonly magic?: string;
  readonly prefix?: string;
  readonly link?: string;
}

/** How an archive ends. */
export interface TarEnd {
  /** Empty blocks; default 2. */
  readonly blocks?: number;
  readonly trailing?: Uint8Array;
}

/** A ustar archive of `entries`, honest unless told otherwise. */
export function tar(entries: readonly TarEntry[], end: TarEnd = {}): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap((entry) => {
    const bytes = entry.bytes ?? new Uint8Array();
    return [header(entry, bytes.length), bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)];
  });
  return concat([...parts, new Uint8Array(512 * (end.blocks ?? 2)), end.trailing ?? new Uint8Array()]);
}

/** The header alone: what follows may be a hole in a file. */
export function tarHeader(name: string, size: number): Uint8Array<ArrayBuffer> {
  return header({ name }, size);
}

/** `LENGTH KEY=VALUE`, the length counting itself. */
export function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = utf8(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return concat([utf8(String(length)), rest]);
}

function header(entry: TarEntry, length: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(512);
  const put = (at: number, bytes: Uint8Array): void => block.set(bytes, at);
  const size = entry.size ?? length;
  put(0, utf8(entry.name).subarray(0, 100));
  put(100, utf8("0000644\0"));
  put(108, utf8("0000000\0"));
  put(116, utf8("0000000\0"));
  put(124, typeof size === "number" ? sizeField(size) : size);
  put(136, utf8("00000000000\0"));
  put(148, utf8("        "));
  put(156, utf8(entry.type ?? "0"));
  put(157, utf8(entry.link ?? ""));
  put(257, utf8(entry.magic ?? "ustar\x0000"));
  put(345, utf8(entry.prefix ?? ""));
  const sum = entry.checksum ?? block.reduce((total, byte) => total + byte, 0);
  put(148, utf8(`${sum.toString(8).padStart(6, "0")}\0 `));
  return block;
}

/** Octal, or base 256 where octal is too short. */
function sizeField(size: number): Uint8Array<ArrayBuffer> {
  if (size < 8 ** 11) return utf8(`${size.toString(8).padStart(11, "0")}\0`);
  const field = new Uint8Array(12);
  for (let i = 11, rest = size; i > 0; i--, rest = Math.floor(rest / 256)) field[i] = rest % 256;
  field[0] = 0x80;
  return field;
}
