import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fromBytes, type Model, open } from "../../../src/index.ts";

const openFixture = (name: string): Promise<Model> => {
  const bytes = readFileSync(new URL(`../../fixtures/pt2/${name}.pt2`, import.meta.url));
  return open(fromBytes(Uint8Array.from(bytes), `${name}.pt2`));
};

/** Layers with the names of the tensors of the normalisation that follows them. */
async function normsOf(name: string): Promise<Record<string, unknown>> {
  const { layers } = await openFixture(name);
  return Object.fromEntries(
    layers.flatMap(({ name: layer, batchNorm }) => {
      if (batchNorm === null) return [];
      const { scale, offset, mean, variance, epsilon } = batchNorm;
      return [[layer, [scale?.name ?? null, offset?.name ?? null, mean.name, variance.name, epsilon]]];
    }),
  );
}

it.each(["kinds", "decomposed"])(
  "folds only the normalisation that alone follows a convolution: %s",
  async (name) => {
    expect(await normsOf(name)).toEqual({
      stem: ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", 2e-5],
    });
  },
);

it("knows normalisations without scales, and those in inner graphs", async () => {
  expect(await normsOf("volumes")).toEqual({
    conv: ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", 1e-5],
    up: [null, null, "upbn.running_mean", "upbn.running_var", 1e-5],
  });
  expect(await normsOf("inner")).toEqual({
    right: ["right_bn.weight", "right_bn.bias", "right_bn.running_mean", "right_bn.running_var", 1e-5],
  });
});
