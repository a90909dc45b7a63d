import type { Budget } from "../../budget.ts";
import type { ProtoReader } from "../../codec/proto-reader.ts";
import { ReadError } from "../../errors.ts";
import { type CaffeLayer, readLayer, readOldLayer, shapeOf } from "./read-layer.ts";

/** A NetParameter. */
export interface CaffeNet {
  readonly layers: readonly CaffeLayer[];
  /** Shapes of the blobs that the net or its Input layers are given, by name. */
  readonly inputs: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads a NetParameter of `size` bytes: layers=2 (before 2014), input=3, input_dim=4, input_shape=8, layer=100.
 *
 * @throws ReadError `malformed`, `truncated`, `limit`, or `ambiguous` when it has layers of both forms.
 */
export async function readNet(reader: ProtoReader, size: number, budget: Budget): Promise<CaffeNet> {
  const layers: CaffeLayer[] = [];
  const forms = new Set<number>();
  const names: string[] = [];
  const dims: number[] = [];
  const shapes: number[][] = [];
  for await (const field of reader.walk({ start: 0, end: size }, "the Caffe net")) {
    if (field.number === 4) await reader.varints(dims, field);
    else if (field.wire !== 2) continue;
    else if (field.number === 3) names.push(await reader.text(field));
    else if (field.number === 8) shapes.push(await shapeOf(reader, field));
    else if (field.number === 100 || field.number === 2) {
      // By the memory that a layer takes, in units of some sixty bytes.
      budget.count(90, "Caffe layers");
      forms.add(field.number);
      layers.push(await (field.number === 2 ? readOldLayer : readLayer)(reader, field));
    }
  }
  if (forms.size > 1) {
    throw new ReadError(
      "ambiguous",
      "The Caffe net holds layers in its old and in its new form; Caffe reads only one of them.",
    );
  }
  const inputs = new Map<string, readonly number[]>();
  for (const [i, name] of names.entries()) {
    const shape = shapes[i] ?? dims.slice(4 * i, 4 * i + 4);
    if (shape.length > 0) inputs.set(name, shape);
  }
  for (const { tops, inputShapes } of layers)
    for (const [i, top] of tops.entries()) {
      const shape = inputShapes[i] ?? inputShapes[0];
      if (shape !== undefined) inputs.set(top, shape);
    }
  return { layers, inputs };
}
