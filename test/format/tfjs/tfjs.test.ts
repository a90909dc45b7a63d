import { describe, expect, it } from "vitest";
import { createBudget, fromBytes, type Model, open, readKernel, type Source } from "../../../src/index.ts";

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: unknown;
}

/** A manifest whose shards are cut wherever `cuts` says. */
function sourceOf(weights: readonly (readonly [Spec, Uint8Array])[], cuts: readonly number[]): Source {
  const data = new Uint8Array(Buffer.concat(weights.map(([, bytes]) => bytes)));
  const ends = [...cuts, data.length];
  const shards = new Map(ends.map((end, at) => [`${at + 1}.bin`, data.slice(ends[at - 1] ?? 0, end)]));
  const groups = [{ paths: [...shards.keys()], weights: weights.map(([spec]) => spec) }];
  return {
    ...fromBytes(new Uint8Array(new TextEncoder().encode(JSON.stringify(groups))), "weights_manifest.json"),
    sibling: async (name) => (shards.has(name) ? fromBytes(shards.get(name)!, name) : null),
  };
}

async function bytesOf(model: Model, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const tensor = model.tensors.find((one) => one.name === name)!;
  return new Uint8Array(await tensor.readBytes({ budget: createBudget() }));
}

const texts = new Uint8Array(
  Buffer.concat([
    ...["", "some", "words"].flatMap((text) => [Uint8Array.of(text.length, 0, 0, 0), Buffer.from(text)]),
  ]),
);
const integers = Int32Array.of(-1, 2 ** 31 - 1, 7);
const kernel = Float32Array.from({ length: 36 }, (_, i) => i / 7);

describe("a manifest of TensorFlow.js", () => {
  const weights = [
    [{ name: "words", shape: [3], dtype: "string" }, texts],
    [{ name: "numbers", shape: [3], dtype: "int32" }, new Uint8Array(integers.buffer)],
    [{ name: "flags", shape: [3], dtype: "bool" }, Uint8Array.of(1, 0, 1)],
    [{ name: "wave", shape: [1], dtype: "complex64" }, new Uint8Array(Float32Array.of(1, 2).buffer)],
    [
      { name: "kept", shape: [3], dtype: "int32", quantization: { dtype: "uint8", scale: 2.5, min: -3 } },
      Uint8Array.of(0, 1, 255),
    ],
    [{ name: "conv/kernel", shape: [3, 3, 2, 2], dtype: "float32" }, new Uint8Array(kernel.buffer)],
  ] as const;

  it("finds every weight behind texts of any length, also across the borders of shards", async () => {
    for (const cuts of [[], [3, 4, 20], [50, 51, 52, 100]]) {
      const model = await open(sourceOf(weights, cuts));
      expect(new Int32Array((await bytesOf(model, "numbers")).buffer)).toEqual(integers);
      expect(await bytesOf(model, "flags")).toEqual(Uint8Array.of(1, 0, 1));
      expect(model.tensors.find(({ name }) => name === "words")?.unreadable).toBe("It holds text.");
      const { weights: values } = await readKernel(model.layers[0]!);
      // [out, in, 1, 3, 3] of [3, 3, in, out].
      expect(values[0]).toBe(kernel[0]);
      expect(values[1]).toBe(kernel[4]);
      expect(values[18]).toBe(kernel[1]);
      await model.close();
    }
  });

  it("rounds integers that are kept in fewer bits, as TensorFlow.js does", async () => {
    const model = await open(sourceOf(weights, []));
    // Math.round(-3), Math.round(-0.5) and Math.round(634.5): halves go up.
    expect(new Int32Array((await bytesOf(model, "kept")).buffer)).toEqual(Int32Array.of(-3, 0, 635));
    await model.close();
  });
});
