import { simdEnds } from "./ends.ts";
import { SIMD_MODULE } from "./module.ts";
import { simdRowPainter } from "./paint-rows.ts";
import type { Simd } from "./simd.ts";
import { simdByteSummer } from "./sum-bytes.ts";

/** Compiles levels.wat's module; throws where the platform cannot or must not. */
export async function compileSimd(): Promise<Simd> {
  const bytes = Uint8Array.from(atob(SIMD_MODULE), (character) => character.charCodeAt(0));
  const module = await WebAssembly.compile(bytes);
  return {
    ends: (weights, from, to) => simdEnds(module, weights, from, to),
    rowPainter: (rows) => simdRowPainter(module, rows),
    byteSummer: () => simdByteSummer(module),
  };
}
