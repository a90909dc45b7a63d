import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromBytes, type Model, montage, open, readKernel } from "../../src/index.ts";
import { batchNormName, whyNotFolded } from "../../src/report.ts";
import { hashOf } from "../contract/compare.ts";
import { failureOf } from "../failure.ts";
import { root } from "../imports.ts";
import { safetensorsOf } from "../node/cli/run.ts";
import { spawn } from "../spawn.ts";

const folder = join(root, "test/fixtures/folding");
const { madeBy, ...files } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Record<
  string,
  Record<string, { readonly norm: string; readonly sha256: string } | null>
>;

const opened = (name: string): Promise<Model> =>
  open(fromBytes(new Uint8Array(readFileSync(join(folder, name))), name), { spawn });

describe.each(Object.entries(files))("batch normalisation in %s", (name, expected) => {
  it("folds as PyTorch's own fuser does, to the bit", async () => {
    const model = await opened(name);
    expect(model.layers.map((layer) => layer.name).sort()).toEqual(Object.keys(expected).sort());
    for (const layer of model.layers) {
      const wanted = expected[layer.name] ?? null;
      expect(layer.batchNorm === null, layer.name).toBe(wanted === null);
      if (wanted === null) {
        await failureOf(readKernel(layer, { foldBatchNorm: true }), "unsupported", layer.name);
        continue;
      }
      expect(batchNormName(layer)).toBe(wanted.norm);
      const kernel = await readKernel(layer, { foldBatchNorm: true });
      expect(hashOf(kernel), layer.name).toBe(wanted.sha256);
      expect(hashOf(await readKernel(layer))).not.toBe(wanted.sha256);
      expect(kernel.batchNormFolded).toBe(true);
    }
    await model.close();
  });
});

const stateDict = (tensors: Readonly<Record<string, readonly number[]>>): Promise<Model> =>
  open(fromBytes(new Uint8Array(safetensorsOf(tensors)), "a.safetensors"));
const norm = (name: string, channels: number): Record<string, readonly number[]> => ({
  [`${name}.weight`]: [channels],
  [`${name}.bias`]: [channels],
  [`${name}.running_mean`]: [channels],
  [`${name}.running_var`]: [channels],
});

describe("batch normalisation in a state dict", () => {
  it("is not told by names that would fit before the convolution as well", async () => {
    const model = await stateDict({ "conv1.weight": [8, 8, 3, 3], ...norm("bn1", 8) });
    expect(model.layers.map(({ batchNorm }) => batchNorm)).toEqual([null]);
  });

  it("is not told where any such pair contradicts it", async () => {
    const model = await stateDict({
      "a.conv1.weight": [16, 8, 3, 3],
      ...norm("a.bn1", 16),
      "b.conv1.weight": [32, 16, 3, 3],
      ...norm("b.bn1", 5),
    });
    expect(model.layers.every(({ batchNorm }) => batchNorm === null)).toBe(true);
  });

  it("says what it assumes", async () => {
    const model = await stateDict({
      "0.weight": [4, 3, 3, 3],
      ...norm("1", 4),
      "2.weight": [4, 4, 3, 3],
      ...norm("3", 7),
    });
    expect(model.layers.map(({ batchNorm }) => batchNorm?.epsilon ?? null)).toEqual([1e-5, null]);
    expect(model.layers[0]?.batchNorm?.note).toContain("epsilon of 0.00001");
    expect(whyNotFolded(model.layers[0]!)).toBeNull();
    expect(whyNotFolded(model.layers[1]!)).toContain("no batch normalisation");
  });
});

it("is said in the legend", async () => {
  const model = await opened("torch.safetensors");
  const kernel = await readKernel(model.layers[0]!, { foldBatchNorm: true });
  const { legendSubtitle } = await import("../../src/index.ts");
  expect(legendSubtitle(montage(kernel))).toContain("batch normalisation folded in");
  expect(legendSubtitle(montage(await readKernel(model.layers[0]!)))).not.toContain("folded");
});

it("was made by the frameworks", () => {
  expect(madeBy).toContain("torch");
});
