import type { Kernel } from "../kernel/kernel.ts";
import type { ExportOptions } from "./cast.ts";

/** Lines encoded at a time. */
const LINES = 8192;

/**
 * `kernel` as CSV: a head line, then one line a weight with its indices `out,in,depth,height,width`, as pandas and
 * spreadsheets read it. Weights have as many digits as it takes to read the same number back; what is no number is
 * `nan`, `inf` or `-inf`.
 */
export function* encodeCsv(kernel: Kernel, options: ExportOptions = {}): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const exact = options.dtype === "float64";
  const [outs, ins, depths, heights, widths] = kernel.shape;
  let lines = ["out,in,depth,height,width,weight"];
  let at = 0;
  for (let o = 0; o < outs; o++)
    for (let i = 0; i < ins; i++)
      for (let d = 0; d < depths; d++)
        for (let h = 0; h < heights; h++)
          for (let w = 0; w < widths; w++) {
            const weight = kernel.weights[at++] ?? Number.NaN;
            lines.push(`${o},${i},${d},${h},${w},${csvNumber(exact ? weight : Math.fround(weight))}`);
            if (lines.length === LINES) {
              yield encoder.encode(`${lines.join("\n")}\n`);
              lines = [];
            }
          }
  if (lines.length > 0) yield encoder.encode(`${lines.join("\n")}\n`);
}

function csvNumber(weight: number): string {
  if (Number.isNaN(weight)) return "nan";
  if (weight === Number.POSITIVE_INFINITY) return "inf";
  if (weight === Number.NEGATIVE_INFINITY) return "-inf";
  return Object.is(weight, -0) ? "-0.0" : String(weight);
}
