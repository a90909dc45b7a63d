import { instantiate, PAGE } from "./instance.ts";
import type { SumBytes } from "./simd.ts";

/** See `Simd.byteSummer`. */
export function simdByteSummer(module: WebAssembly.Module): SumBytes {
  const { memory, adler } = instantiate(module, PAGE);
  const room = new Uint8Array(memory.buffer);
  return (bytes, from, to, a, b) => {
    const whole = (to - from) & ~15;
    let [low, high] = [a, b];
    for (let at = from; at < from + whole; at += PAGE) {
      const count = Math.min(PAGE, from + whole - at);
      room.set(bytes.subarray(at, at + count));
      const sums = adler(0, count, low, high);
      low = Number(sums & 0xffffffffn);
      high = Number(sums >> 32n);
    }
    return [whole, low, high];
  };
}
