import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createBudget, fromBytes, open } from "../../src/index.ts";

const folder = fileURLToPath(new URL("../fixtures/coreml/", import.meta.url));

function bytesOf(path: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(`${folder}${path}`));
}

it("knows the batch normalisation behind a Core ML convolution", async () => {
  const model = await open(fromBytes(bytesOf("network.mlmodel"), "network.mlmodel"));
  const [first, ...others] = model.layers;
  expect(first!.batchNorm?.mean.name).toBe("bn.mean");
  expect(first!.batchNorm?.scale?.shape).toEqual([6]);
  expect(others.every(({ batchNorm }) => batchNorm === null)).toBe(true);
});

it("lists a program without its weight file, and says what is missing when a kernel is read", async () => {
  const path = "program.mlpackage/Data/com.apple.CoreML/model.mlmodel";
  const model = await open(fromBytes(bytesOf(path), "model.mlmodel"));
  expect(model.layers.length).toBe(8);
  const reads = model.layers.map(({ kernel }) => kernel.readBytes({ budget: createBudget() }));
  await expect(reads[0]).rejects.toMatchObject({ code: "missing-sibling" });
  // What is small stands in the program itself.
  expect(
    (await Promise.allSettled(reads)).filter(({ status }) => status === "fulfilled").length,
  ).toBeGreaterThan(0);
});
