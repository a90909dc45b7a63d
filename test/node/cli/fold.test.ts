import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../../imports.ts";
import { kernelscope, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;
const file = join(root, "test/fixtures/folding/torch.safetensors");
afterAll(() => folder.remove());

describe("--fold-batchnorm", () => {
  it("says in the list what folds where, and why the rest does not", async () => {
    const { out } = await kernelscope(["list", file, "--fold-batchnorm"], { cwd });
    expect(out).toContain(
      "Batch normalisation folds into block.0 (block.1), conv1 (bn1), conv2 (bn2), up.0 (up.1).",
    );
    expect(out).toContain("Told by its name, with PyTorch's default epsilon of 0.00001");
    expect(out).toMatch(/Nothing folds into block\.3: the file tells of no batch normalisation/);
    const json = JSON.parse((await kernelscope(["list", file, "--json", "--fold-batchnorm"], { cwd })).out);
    const named = Object.fromEntries(
      json.layers.map((layer: { name: string; batchNorm: unknown }) => [layer.name, layer.batchNorm]),
    );
    expect(named.conv1).toMatchObject({
      name: "bn1",
      variance: "bn1.running_var",
      epsilon: 1e-5,
      notFolded: null,
    });
    expect(named["block.3"]).toBeNull();
    const plain = JSON.parse((await kernelscope(["list", file, "--json"], { cwd })).out);
    expect("batchNorm" in plain.layers[0]).toBe(false);
  });

  it("changes what is exported and drawn, and says so", async () => {
    const plain = await kernelscope(["export", file, "conv1", "--format", "json", "-o", "-"], { cwd });
    const folded = await kernelscope(
      ["export", file, "conv1", "--format", "json", "-o", "-", "--fold-batchnorm"],
      { cwd },
    );
    expect(folded.code).toBe(0);
    expect(folded.err).toContain("Batch normalisation folds into conv1 (bn1).");
    expect(plain.err).toBe("");
    expect(folded.out).not.toBe(plain.out);
    const drawn = await kernelscope(
      ["draw", file, "*", "-o", "all/", "--format", "svg", "--fold-batchnorm"],
      { cwd },
    );
    expect(drawn.code).toBe(0);
    expect(drawn.err).toContain("Nothing folds into block.3");
  });

  it("is explained", async () => {
    const { out } = await kernelscope(["explain", file, "conv1", "--fold-batchnorm"], { cwd });
    expect(out).toContain("bn1.weight / sqrt(bn1.running_var + 0.00001)");
    const none = await kernelscope(["explain", file, "block.3", "--fold-batchnorm"], { cwd });
    expect(none.out).toContain("No batch normalisation can be folded in");
  });
});

describe("list --all-tensors", () => {
  it("has every tensor, with what it is", async () => {
    const { out } = await kernelscope(["list", file, "--all-tensors"], { cwd });
    expect(out).toMatch(/conv1\.weight +float32 +\[8, 3, 3, 3\] +864 +kernel of #\d conv1/);
    expect(out).toMatch(/conv2\.bias +float32 +\[6\] +24 +bias of #\d conv2/);
    expect(out).toMatch(/bn1\.running_var +float32 +\[8\] +32 +batch normalisation of #\d conv1/);
    const { tensors } = JSON.parse(
      (await kernelscope(["list", file, "--all-tensors", "--json"], { cwd })).out,
    );
    const counter = tensors.find(({ name }: { name: string }) => name === "bn1.num_batches_tracked");
    expect(counter).toEqual({
      name: "bn1.num_batches_tracked",
      dtype: "int64",
      shape: [],
      bytes: 8,
      role: "other",
      layer: null,
      reason: "It has 0 axes; the kernel of a convolution has 3 to 5.",
      unreadable: null,
      checksum: null,
    });
  });
});
