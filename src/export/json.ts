import type { Kernel } from "../kernel/kernel.ts";
import { jsonText } from "../text/json-text.ts";
import type { ExportOptions } from "./cast.ts";

/**
 * `kernel` as JSON: `{name, kind, groups, dtype, axes, shape, weights}`, with `weights` nested five deep in the
 * order of `axes`. JSON has no word for what is no number: those weights are the strings `"NaN"`, `"Infinity"` and
 * `"-Infinity"`.
 */
export function* encodeJson(kernel: Kernel, options: ExportOptions = {}): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const [outs, ins, depths, heights, widths] = kernel.shape;
  const dtype = options.dtype ?? "float32";
  const about = {
    name: kernel.name,
    kind: kernel.kind,
    groups: kernel.groups,
    dtype,
    axes: ["out", "inPerGroup", "depth", "height", "width"],
    shape: kernel.shape,
  };
  yield encoder.encode(`${jsonText(about).slice(0, -1)},"weights":[`);
  const rows = heights * depths;
  for (let o = 0; o < outs; o++) {
    yield encoder.encode(o === 0 ? "[" : ",\n[");
    for (let i = 0; i < ins; i++) {
      const lines: string[] = [];
      for (let row = 0; row < rows; row++) {
        const from = ((o * ins + i) * rows + row) * widths;
        const weights = kernel.weights.subarray(from, from + widths);
        const line = Array.from(weights, (weight) =>
          jsonNumber(dtype === "float64" ? weight : Math.fround(weight)),
        );
        const opens = row % heights === 0 ? "[" : "";
        const closes = row % heights === heights - 1 ? "]" : "";
        lines.push(`${opens}[${line.join(",")}]${closes}`);
      }
      yield encoder.encode(`${i === 0 ? "" : ","}[${lines.join(",")}]`);
    }
    yield encoder.encode("]");
  }
  yield encoder.encode("]}\n");
}

function jsonNumber(weight: number): string {
  if (!Number.isFinite(weight)) return `"${weight}"`;
  return Object.is(weight, -0) ? "-0.0" : String(weight);
}
