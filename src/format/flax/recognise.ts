import type { Probe } from "../format.ts";

/** Whether `head` is a MessagePack map whose first key is text, or the name says so and the bytes do not object. */
export function looksLikeFlax({ head, name }: Probe): boolean {
  const first = head[0] ?? 0;
  const map = (first >= 0x81 && first <= 0x8f) || first === 0xde || first === 0xdf;
  if (/\.msgpack$/i.test(name)) return map || first === 0x80 || (first >= 0xc7 && first <= 0xc9);
  if (!map) return false;
  const key = head.subarray(first === 0xde ? 3 : first === 0xdf ? 5 : 1);
  const code = key[0] ?? 0;
  const [start, length] =
    code >= 0xa1 && code <= 0xbf ? [1, code & 31] : code === 0xd9 ? [2, key[1] ?? 0] : [0, 0];
  const text = key.subarray(start, start + length);
  // What follows is an array (an extension of Flax), another map, or a plain value: anything but text of a text file.
  return length > 0 && text.length === length && text.every((byte) => byte >= 0x20 && byte !== 0x7f);
}
