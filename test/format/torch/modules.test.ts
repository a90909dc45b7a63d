import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromBytes, type Model, open } from "../../../src/index.ts";

const opened = (name: string): Promise<Model> =>
  open(
    fromBytes(new Uint8Array(readFileSync(new URL(`../../fixtures/torch/${name}`, import.meta.url))), name),
  );

describe("a PyTorch module that was pickled whole", () => {
  it.each(["module.pt", "module-legacy.pth", "module-protocol4.pt", "module-inside.pt"])(
    "folds the normalisation that follows in a Sequential, and no other: %s",
    async (name) => {
      const { layers } = await opened(name);
      const { batchNorm } = layers.find((layer) => layer.name === "stem.0")!;
      expect(batchNorm).toMatchObject({
        scale: { name: "stem.1.weight" },
        offset: { name: "stem.1.bias" },
        mean: { name: "stem.1.running_mean", shape: [8] },
        variance: { name: "stem.1.running_var" },
        epsilon: 1e-5,
      });
      expect(layers.filter((layer) => layer.batchNorm !== null).length).toBe(1);
    },
  );

  it("says why other tensors are no kernels, and which code it did not run", async () => {
    const { rejected, notes } = await opened("module.pt");
    expect(rejected.map(({ tensor }) => tensor.name)).toEqual(["table"]);
    expect(notes).toEqual([
      'The file refers to Python code ("nets.Kinds"), which was not imported or run; loading the file in Python may run it.',
    ]);
  });

  it("takes weights that are worked out from others as they were saved", async () => {
    const { layers, rejected } = await opened("module-norms.pt");
    expect(layers.map(({ kernel }) => kernel.name)).toEqual(["0.weight", "1.weight"]);
    expect(rejected.map(({ reason }) => reason)).toEqual([
      "It belongs to a Conv2d, but is not its weight.",
      "It belongs to a Conv2d, but is not its weight.",
      "It belongs to a Conv2d, but is not its weight.",
    ]);
  });

  it("lists parts that have no values, each with its reason", async () => {
    const { tensors } = await opened("exotic.pt");
    const reasons = tensors.flatMap(({ name, unreadable }) =>
      unreadable === undefined ? [] : [[name, unreadable]],
    );
    expect(Object.fromEntries(reasons)).toEqual({
      "sparse_conv.weight": expect.stringContaining("sparse"),
      "csr.weight": expect.stringContaining("sparse"),
      "meta_conv.weight": expect.stringContaining("meta"),
      nested: expect.stringContaining("nested"),
      "lazy.weight": expect.stringContaining("never initialised"),
    });
  });

  it("verifies a checksum only where a tensor is a whole storage", async () => {
    const { tensors } = await opened("views.pt");
    const checked = tensors.filter(({ checksum }) => checksum === "crc32").map(({ name }) => name);
    expect(checked).not.toContain("conv_stepped.weight");
    expect((await opened("no-checksums.pt")).tensors.some(({ checksum }) => checksum !== undefined)).toBe(
      false,
    );
    expect(
      (await opened("state-dict-protocol2.pt")).tensors.every(({ checksum }) => checksum === "crc32"),
    ).toBe(true);
  });
});
