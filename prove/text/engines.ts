import type { LayerSpec } from "../models/layer.ts";
import { ggufOf, ggufParts } from "../writers/gguf.ts";
import { tflite, tfliteTree } from "../writers/tflite.ts";
import { float32Weight } from "../writers/weight.ts";
import type { NamedFile } from "./files.ts";

/** The names as those of layers and tensors of the engines' formats. GGUF holds no name above 65,536 bytes. */
export function engineNames(specs: readonly LayerSpec[]): readonly NamedFile[] {
  const values = Array.from({ length: 8 }, (_, at) => at);
  const short = specs.filter(({ name }) => name.length < 20_000);
  const wide = (at: number): LayerSpec => ({ ...specs[at]!, inputs: at === 0 ? 1 : 2 });
  return [
    {
      file: "names.tflite",
      bytes: tflite(
        tfliteTree(
          short.map(({ name }, at) => ({
            spec: { ...wide(at), name },
            kernel: { weight: float32Weight(name, [2, 2, 2, 1], values) },
          })),
        ),
      ),
    },
    {
      file: "names.gguf",
      bytes: ggufOf(
        ggufParts(
          [
            ...new Map(
              short.map(({ name }) => [new TextDecoder().decode(new TextEncoder().encode(name)), name]),
            ).values(),
          ].map((name) => float32Weight(name, [2, 1, 2, 2], values)),
        ),
      ),
    },
  ];
}
