import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOf, fromBytes, type Model, open, type Source } from "../../../src/index.ts";
import { failureOf } from "../../failure.ts";
import { root } from "../../imports.ts";
import { safetensorsOf } from "../../node/cli/run.ts";

const conv = (name = "conv"): Uint8Array<ArrayBuffer> =>
  new Uint8Array(safetensorsOf({ [`${name}.weight`]: [2, 3, 3, 3] }));
const text = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** Opens a folder in memory; `closed` collects the files that were freed. */
function openThese(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>, entry?: string): Promise<Model> {
  const folder = folderOf("net", Object.keys(files), async (path): Promise<Source> => {
    return fromBytes(files[path]!, `net/${path}`);
  });
  return open(folder, { entry });
}

describe("the main file of a folder", () => {
  const chosen: readonly (readonly [string, Readonly<Record<string, Uint8Array<ArrayBuffer>>>, string])[] = [
    ["the only weight file", { "README.md": text("x"), "a.safetensors": conv() }, "net/a.safetensors"],
    [
      "safetensors before other copies",
      { "model.safetensors": conv(), "flax_model.msgpack": text("x"), "pytorch_model.bin": text("x") },
      "net/model.safetensors",
    ],
    [
      "the weights, not a variant of them",
      { "model.safetensors": conv(), "model.fp16.safetensors": conv() },
      "net/model.safetensors",
    ],
    [
      "a variant without the weights",
      { "diffusion_pytorch_model.fp16.safetensors": conv() },
      "net/diffusion_pytorch_model.fp16.safetensors",
    ],
    [
      "not what a training goes on from",
      { "model.safetensors": conv(), "optimizer.pt": text("x"), "training_args.bin": text("x") },
      "net/model.safetensors",
    ],
    [
      "an index before its shards",
      {
        "model.safetensors.index.json": text({ weight_map: { "conv.weight": "model-1.safetensors" } }),
        "model-1.safetensors": conv(),
      },
      "net/model.safetensors.index.json",
    ],
    [
      "in the only folder that holds one",
      { "a/b/model.safetensors": conv(), "docs/x.md": text("x"), "__MACOSX/._a.safetensors": text("x") },
      "net/a/b/model.safetensors",
    ],
    [
      "the revision that a cache's refs name",
      {
        "blobs/0": text("x"),
        "refs/main": text("two\n"),
        "snapshots/one/model.safetensors": conv(),
        "snapshots/two/model.safetensors": conv(),
      },
      "net/snapshots/two/model.safetensors",
    ],
  ];
  it.each(chosen)("is %s", async (_, files, file) => {
    const model = await openThese(files);
    expect(model.file).toBe(file);
    expect(model.layers.map(({ name }) => name)).toEqual(["conv"]);
    await model.close();
  });

  it("is asked for where several could be it", async () => {
    const files = { "a.safetensors": conv("a"), "b.safetensors": conv("b") };
    const error = await failureOf(openThese(files), "ambiguous");
    expect(error.message).toContain('"a.safetensors", "b.safetensors"');
    expect(error.choices).toEqual(["a.safetensors", "b.safetensors"]);
    expect(error.message).toContain("--entry");
    expect((await openThese(files, "b.safetensors")).layers[0]?.name).toBe("b");
    const deep = { "x/a.safetensors": conv("a"), "y/b.safetensors": conv("b") };
    expect((await failureOf(openThese(deep), "ambiguous")).message).toContain('"x/a.safetensors"');
    expect((await openThese(deep, "y")).layers[0]?.name).toBe("b");
    expect((await openThese(deep, "./y/b.safetensors")).layers[0]?.name).toBe("b");
    const deeper = {
      "x/y/a.safetensors": conv("a"),
      "x/z/b.safetensors": conv("b"),
      "w/c.safetensors": conv(),
    };
    const inner = await failureOf(openThese(deeper, "x/"), "ambiguous");
    expect(inner.choices).toEqual(["x/y/a.safetensors", "x/z/b.safetensors"]);
    expect((await openThese(deeper, inner.choices?.[1])).layers[0]?.name).toBe("b");
    await failureOf(openThese(deep, "z"), "not-found");
    await failureOf(openThese(deep, "../net/x/a.safetensors"), "not-found");
    await failureOf(openThese({ "a.safetensors": conv() }, "a.safetensors/b"), "bad-option");
  });

  it("is missed with what is there", async () => {
    const error = await failureOf(
      openThese({ "notes.txt": text("x"), "data/x.csv": text("1") }),
      "unsupported",
    );
    expect(error.message).toContain('it holds "data/", "notes.txt". Kernelscope reads safetensors');
    await failureOf(openThese({}), "unsupported");
  });

  it("is not looked for in ever more folders", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}/x.txt`, text("x")]));
    await failureOf(openThese(many), "limit");
    await failureOf(openThese({ [`${"a/".repeat(12)}x.safetensors`]: conv() }), "limit");
  });
});

it("names the models of an archive in a folder by the whole way to them", async () => {
  const bytes = new Uint8Array(readFileSync(join(root, "test/fixtures/containers/several.zip")));
  const choices = ["several.zip/small.safetensors", "several.zip/told.safetensors"];
  for (const entry of [undefined, "several.zip"]) {
    const error = await failureOf(openThese({ "several.zip": bytes }, entry), "ambiguous");
    expect(error.choices).toEqual(choices);
  }
  expect((await openThese({ "several.zip": bytes }, choices[0])).file).toContain("small.safetensors");
});

it("opens the one of several models in an archive that is chosen", async () => {
  const name = "several.zip";
  const bytes = new Uint8Array(readFileSync(join(root, "test/fixtures/containers", name)));
  const opened = (entry: string): Promise<Model> => open(fromBytes(bytes, name), { entry });
  const small = await opened("small.safetensors");
  expect(small.file).toBe("several.zip/small.safetensors");
  expect(small.layers.map((layer) => layer.name)).toEqual(["weight"]);
  expect((await opened("told.safetensors")).file).toBe("several.zip/told.safetensors");
  await failureOf(opened("other.safetensors"), "not-found", "small.safetensors");
});

it("opens a .keras that was unpacked", async () => {
  const { unzipSync } = await import("fflate");
  const folder = join(root, "test/fixtures/keras");
  const name = "keras212-branches-zip.keras";
  const files = unzipSync(new Uint8Array(readFileSync(join(folder, name))));
  const packed = await open(fromBytes(new Uint8Array(readFileSync(join(folder, name))), name));
  const unpacked = await openThese(files as Record<string, Uint8Array<ArrayBuffer>>);
  expect(unpacked.layers.map(({ name: layer, shape }) => [layer, shape])).toEqual(
    packed.layers.map(({ name: layer, shape }) => [layer, shape]),
  );
  expect(unpacked.producer).toBe(packed.producer);
  await Promise.all([packed.close(), unpacked.close()]);
});

describe("a diffusers pipeline", () => {
  const index = { _class_name: "P", _diffusers_version: "0.30.0", unet: ["d", "U"], vae: ["d", "V"] };
  const files = {
    "model_index.json": text({ ...index, scheduler: ["d", "S"], safety_checker: [null, null] }),
    "unet/diffusion_pytorch_model.safetensors": conv("conv_in"),
    "unet/diffusion_pytorch_model.bin": text("x"),
    "unet/diffusion_pytorch_model.fp16.safetensors": conv("conv_in"),
    "vae/diffusion_pytorch_model.safetensors": conv("conv_in"),
    "scheduler/scheduler_config.json": text({}),
    "other/model.safetensors": conv("other"),
  };

  it("is one model of its parts", async () => {
    const model = await openThese(files);
    expect(model.layers.map(({ name, index: at }) => [at, name])).toEqual([
      [0, "unet/conv_in"],
      [1, "vae/conv_in"],
    ]);
    expect(model.producer).toBe("diffusers 0.30.0");
    expect(model.format).toBe("safetensors");
    expect(model.tensors.map(({ name }) => name)).toEqual(["unet/conv_in.weight", "vae/conv_in.weight"]);
    expect(model.tensors[0]).toBe(model.layers[0]?.kernel);
    expect(model.notes[0]).toContain("unet, vae");
    expect(model.parameters.total).toBe(108);
  });

  it("can be opened by its parts", async () => {
    expect((await openThese(files, "vae")).layers.map(({ name }) => name)).toEqual(["conv_in"]);
  });

  it("needs an index and weights", async () => {
    await failureOf(openThese({ ...files, "model_index.json": text("[]") }), "malformed");
    await failureOf(openThese({ ...files, "model_index.json": text("{") }), "malformed");
    await failureOf(openThese({ "model_index.json": text(index), "unet/x.txt": text("x") }), "unsupported");
    await failureOf(
      openThese({ ...files, "vae/diffusion_pytorch_model.safetensors": text("x") }),
      "truncated",
    );
  });
});

it("says what LoRA pairs are", async () => {
  const base = "base_model.model.down.0.conv1";
  const model = await openThese({
    "adapter_config.json": text({ peft_type: "LORA" }),
    "adapter_model.safetensors": new Uint8Array(
      safetensorsOf({ [`${base}.lora_A.weight`]: [4, 8, 3, 3], [`${base}.lora_B.weight`]: [16, 4, 1, 1] }),
    ),
  });
  expect(model.layers.map(({ name, shape, note }) => [name, shape, note?.split(":")[0]])).toEqual([
    [`${base}.lora_A`, [4, 8, 1, 3, 3], "The first half (lora_A) of a LoRA pair"],
    [`${base}.lora_B`, [16, 4, 1, 1, 1], "The second half (lora_B) of a LoRA pair"],
  ]);
});
