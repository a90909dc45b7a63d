import { deflateRuns } from "./deflate.ts";
import { DEFLATE_MODULE, LEVELS_MODULE } from "./module.ts";
import { simdRowPainter } from "./paint-rows.ts";
import type { Simd } from "./simd.ts";
import { simdByteSummer } from "./sum-bytes.ts";
import { simdSurvey } from "./survey.ts";

/** Compiles the modules of levels.wat and deflate.wat; throws where the platform cannot or must not. */
export function compileSimd(): Simd {
  const levels = compile(LEVELS_MODULE);
  const deflate = compile(DEFLATE_MODULE);
  return {
    survey: (weights, slice) => simdSurvey(levels, weights, slice),
    rowPainter: (rows) => simdRowPainter(levels, rows),
    byteSummer: () => simdByteSummer(levels),
    deflate: (source) => deflateRuns(deflate, source),
  };
}

/** At once: so little code takes less time than a change of threads. */
function compile(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
