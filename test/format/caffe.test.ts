import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createBudget, fromBytes, open } from "../../src/index.ts";

const folder = fileURLToPath(new URL("../fixtures/caffe/", import.meta.url));

it("knows the BatchNorm and the Scale behind a Caffe convolution", async () => {
  const bytes = Uint8Array.from(readFileSync(`${folder}current.caffemodel`));
  const model = await open(fromBytes(bytes, "current.caffemodel"));
  const { batchNorm } = model.layers[0]!;
  expect(batchNorm?.scale?.name).toBe("scale1[0]");
  expect(batchNorm?.offset?.name).toBe("scale1[1]");
  expect(batchNorm?.epsilon).toBe(Math.fround(1e-5));
  // Caffe keeps sums: the third blob, 2 here, is divided out.
  const read = async (name: string): Promise<Float32Array> => {
    const tensor = model.tensors.find((one) => one.name === name)!;
    return new Float32Array((await tensor.readBytes({ budget: createBudget() })).slice().buffer);
  };
  const mean = new Float32Array((await batchNorm!.mean.readBytes({ budget: createBudget() })).buffer);
  expect([...mean]).toEqual([...(await read("bn1[0]"))].map((value) => value / 2));
  expect(model.layers.slice(1).every((layer) => layer.batchNorm === null)).toBe(true);
});
