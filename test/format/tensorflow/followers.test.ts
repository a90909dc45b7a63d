import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Model, open } from "../../../src/index.ts";
import { inFolder } from "../../contract/sources.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/tensorflow", import.meta.url));

async function opened(path: string): Promise<Model> {
  return open(inFolder(Uint8Array.from(readFileSync(`${FIXTURES}/${path}`)), path, FIXTURES));
}

describe("batch normalisation behind a convolution", () => {
  it("is found written out, as Keras 3 exports it", async () => {
    const model = await opened("keras3-2d/saved_model.pb");
    const [stem, wide] = model.layers;
    expect(stem?.batchNorm?.epsilon).toBeCloseTo(1e-3, 9);
    const tensors = [
      stem!.batchNorm!.scale!,
      stem!.batchNorm!.offset!,
      stem!.batchNorm!.mean,
      stem!.batchNorm!.variance,
    ];
    expect(tensors.map(({ shape }) => shape)).toEqual([[4], [4], [4], [4]]);
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(4);
    expect(wide?.batchNorm).toBeNull();
    await model.close();
  });

  it("is found as TensorFlow 1's operator, in a SavedModel and in a frozen graph", async () => {
    for (const path of ["tf1-refs/saved_model.pb", "tf1-refs.pb"]) {
      const model = await opened(path);
      const { batchNorm } = model.layers.find(({ name }) => name === "net/last")!;
      expect(batchNorm).toMatchObject({
        scale: { name: "net/norm/gamma" },
        offset: { name: "net/norm/beta" },
        mean: { name: "net/norm/moving_mean" },
        variance: { name: "net/norm/moving_variance" },
      });
      expect(batchNorm?.epsilon).toBeCloseTo(2e-3, 9);
      expect(model.layers[0]?.batchNorm).toBeNull();
      await model.close();
    }
  });
});

describe("a checkpoint", () => {
  it("says that its tensors are under a checksum", async () => {
    const model = await opened("tf1.ckpt.index");
    expect(model.tensors.every(({ checksum }) => checksum === "crc32c")).toBe(true);
    await model.close();
  });
});
