import { deflateRuns } from "./deflate.ts";
import { simdEnds } from "./ends.ts";
import { DEFLATE_MODULE, LEVELS_MODULE } from "./module.ts";
import { simdRowPainter } from "./paint-rows.ts";
import type { Simd } from "./simd.ts";
import { simdByteSummer } from "./sum-bytes.ts";

/** Compiles the modules of levels.wat and deflate.wat; throws where the platform cannot or must not. */
export async function compileSimd(): Promise<Simd> {
  const [levels, deflate] = await Promise.all(
    [LEVELS_MODULE, DEFLATE_MODULE].map(compile) as [Compiled, Compiled],
  );
  return {
    ends: (weights, from, to) => simdEnds(levels, weights, from, to),
    rowPainter: (rows) => simdRowPainter(levels, rows),
    byteSummer: () => simdByteSummer(levels),
    deflate: (source) => deflateRuns(deflate, source),
  };
}

type Compiled = Promise<WebAssembly.Module>;

function compile(base64: string): Compiled {
  return WebAssembly.compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
