import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fromBytes, open, type Source } from "../../../src/index.ts";

function fixture(name: string): Source {
  const bytes = (file: string) =>
    Uint8Array.from(readFileSync(new URL(`../../fixtures/paddle/${file}`, import.meta.url)));
  return { ...fromBytes(bytes(name), name), sibling: async (other) => fromBytes(bytes(other), other) };
}

it("is the same model by its program and by its weights", async () => {
  const [program, weights] = [
    await open(fixture("program.pdmodel")),
    await open(fixture("program.pdiparams")),
  ];
  const facts = ({ layers }: typeof program) =>
    layers.map(({ name, shape, strides, padding, groups, bias }) => [
      name,
      shape,
      strides,
      padding,
      groups,
      bias?.name,
    ]);
  expect(facts(weights)).toEqual(facts(program));
  expect(program.layers.length).toBe(5);
});

it("knows the batch normalisation behind a convolution", async () => {
  const { layers } = await open(fixture("program.pdmodel"));
  const folded = layers.filter(({ batchNorm }) => batchNorm !== null);
  expect(folded.map(({ name }) => name)).toEqual(["conv2d_0"]);
  // The program keeps epsilon as a float32.
  expect(folded[0]!.batchNorm!.epsilon).toBe(Math.fround(2e-5));
  expect(folded[0]!.batchNorm!.mean.name).toBe("batch_norm2d_0.w_1");
});
