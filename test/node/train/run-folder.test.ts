import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { afterAll, describe, expect, it } from "vitest";
import { isReadError } from "../../../src/errors.ts";
import { parseData } from "../../../src/node/train/data-settings.ts";
import { loadData } from "../../../src/node/train/load-data.ts";
import { pictureFiles } from "../../../src/node/train/picture-files.ts";
import { createRunFolder, openRunFolder } from "../../../src/node/train/run-folder.ts";
import type { RunSettings } from "../../../src/node/train/run-settings.ts";
import { trainRun } from "../../../src/node/train/train-run.ts";
import { type KerasJson, layers, Random, sequential } from "../../../src/train/index.ts";
import { fromBase64, pictures } from "../../train/fixtures.ts";
import { temporaryFolder } from "../cli/run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const spec: KerasJson = sequential([
  layers.conv3d({ filters: 2, kernelSize: 3, activation: "relu", inputShape: [6, 16, 16, 1] }),
  layers.dropout(0.2),
  layers.globalAveragePooling3d(),
  layers.dense({ units: 8, activation: "softmax" }),
]).json;

const settings: RunSettings = {
  version: 1,
  data: { kind: "moving-digits", count: 64, seed: 0 },
  seed: 7,
  epochs: 4,
  batchSize: 16,
  validationSplit: 0.25,
  shuffle: true,
  compile: {
    optimizer: { class_name: "Adam", config: { learning_rate: 0.01 } },
    loss: "categorical_crossentropy",
    metrics: ["accuracy"],
  },
  keras: "3",
};

/** Every file of a run by its name, as a hash. */
function hashes(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    names
      .filter((name) => name.includes("."))
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(path, name)))
          .digest("hex"),
      ]),
  );
}

async function straight(name: string): Promise<string> {
  const path = folder.at(name);
  const { network, complete } = await trainRun(await createRunFolder(path, spec, settings), { threads: 1 });
  network.close();
  expect(complete).toBe(true);
  return path;
}

describe("a run's folder", () => {
  it("holds spec, settings, history, kernels, checkpoints and the model", async () => {
    const path = await straight("whole");
    expect(Object.keys(hashes(path))).toEqual([
      ...[1, 2, 3, 4].map((epoch) => `checkpoints/epoch-000${epoch}.safetensors`),
      "history.jsonl",
      ...[0, 1, 2, 3, 4].map((epoch) => `kernels/epoch-000${epoch}.safetensors`),
      "model.keras",
      "run.json",
      "spec.json",
    ]);
    const lines = readFileSync(join(path, "history.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(Object.keys(lines[0]).sort()).toEqual(["accuracy", "epoch", "loss", "val_accuracy", "val_loss"]);
    expect(hashes(await straight("again"))).toEqual(hashes(path));
  });

  it.each([1, 2, 3])(
    "that was stopped after epoch %i ends with the same bytes as one that never was",
    async (stopAt) => {
      const path = folder.at(`stopped-${stopAt}`);
      const stop = new AbortController();
      const first = await trainRun(await createRunFolder(path, spec, settings), {
        threads: 1,
        lastEpoch: stop.signal,
        callbacks: [{ onEpochEnd: (epoch) => void (epoch + 1 === stopAt && stop.abort()) }],
      });
      first.network.close();
      expect(first.complete).toBe(false);
      expect(first.history).toHaveLength(stopAt);
      expect(existsSync(join(path, "model.keras"))).toBe(false);
      // What a killed process leaves is removed when the run is opened again.
      const stale = join(path, "checkpoints/.epoch-0009.safetensors.2k02nt7qtolx.tmp");
      writeFileSync(stale, "half");
      const second = await trainRun(await openRunFolder(path), { threads: 1 });
      second.network.close();
      expect(existsSync(stale)).toBe(false);
      expect(hashes(path)).toEqual(hashes(folder.at("whole")));
    },
  );

  it("is not written over, and not taken for one when it is none", async () => {
    await expect(createRunFolder(folder.at("whole"), spec, settings)).rejects.toThrow(
      /There is a run already/,
    );
    await expect(openRunFolder(folder.at("nowhere"))).rejects.toThrow(/no run of kernelscope train/);
    mkdirSync(folder.at("bad"));
    const write = (name: string, text: string) => writeFileSync(join(folder.at("bad"), name), text);
    write("spec.json", JSON.stringify(spec));
    for (const [text, message] of [
      ["{", /no JSON/],
      [JSON.stringify({ ...settings, epochs: 0 }), /"epochs" should be >=1, found 0/],
      [JSON.stringify({ ...settings, data: { kind: "tape" } }), /"data.kind" should be/],
      [
        JSON.stringify({
          ...settings,
          earlyStopping: { monitor: "loss", patience: -1, minDelta: 0, restoreBestWeights: true },
        }),
        /"earlyStopping.patience" should be >=0, found -1/,
      ],
      [JSON.stringify({ ...settings, reduceOnPlateau: {} }), /"reduceOnPlateau.monitor" should be/],
      [JSON.stringify({ ...settings, more: 1 }), /"more" should be never/],
      ["[]", /should be/],
    ] as const) {
      write("run.json", text);
      await expect(openRunFolder(folder.at("bad"))).rejects.toThrow(message);
    }
  });

  it("whose checkpoint is damaged says so", async () => {
    const path = await straight("damaged");
    writeFileSync(join(path, "checkpoints/epoch-0004.safetensors"), "nothing");
    const error: unknown = await trainRun(await openRunFolder(path)).catch((thrown: unknown) => thrown);
    expect(isReadError(error), String(error)).toBe(true);
  });
});

describe("--data", () => {
  it("means what it says", () => {
    expect(parseData("procedural-flowers")).toEqual({
      kind: "procedural-flowers",
      count: 1360,
      side: 224,
      seed: 0,
    });
    expect(parseData("moving-digits:99", 1)).toEqual({ kind: "moving-digits", count: 99, seed: 1 });
    expect(parseData("flowers17:a/17flowers.tgz")).toEqual({ kind: "flowers17", path: "a/17flowers.tgz" });
    expect(parseData("x.npy,y.npy")).toEqual({ kind: "arrays", inputs: "x.npy", targets: "y.npy" });
    expect(parseData("both.npz")).toEqual({ kind: "arrays", inputs: "both.npz", targets: null });
    expect(parseData("my pictures/")).toEqual({ kind: "image-folder", path: "my pictures/" });
    expect(parseData("flowers17")).toEqual({ kind: "flowers17", path: "17flowers.tgz" });
    expect(() => parseData("moving-digits:few")).toThrow(/"few"/);
    expect(() => parseData("x.npy")).toThrow(/give both/);
  });
});

describe("Oxford's archive", () => {
  it("is read from a .tgz, resized to the network's input, labelled in string order and shuffled", async () => {
    const jpeg = fromBase64(pictures.jpegs[0]!.jpeg);
    const names = Array.from({ length: 1360 }, (_, i) => `jpg/image_${String(i + 1).padStart(4, "0")}.jpg`);
    const archive = gzipSync(createTar(names.map((name) => ({ name, data: jpeg }))));
    const network = sequential([
      layers.conv3d({ filters: 1, kernelSize: 3, strides: 4, padding: "same", inputShape: [9, 12, 3, 1] }),
      layers.flatten(),
      layers.dense({ units: 17, activation: "softmax" }),
    ]);
    network.compile({ loss: "sparseCategoricalCrossentropy" });
    const data = await loadData(parseData(`flowers17:${folder.write("17flowers.tgz", archive)}`), network);
    expect(data.name).toBe("Oxford 17 flowers");
    expect(data.inputs.shape).toEqual([1360, 9, 12, 3, 1]);
    expect(data.classNames?.[2]).toBe("10");
    // Shuffled once, as by the usual loader: the last fifth holds every class.
    const order = new Random(0).permutation(1360);
    expect(data.targets.shape).toEqual([1360]);
    expect([...data.targets.data]).toEqual(Array.from(order, (i) => Math.floor(i / 80)));
    expect(new Set(data.targets.data.subarray(1088)).size).toBe(17);
    network.compile({ loss: "categoricalCrossentropy" });
    await expect(
      loadData(
        parseData(
          `flowers17:${folder.write("less.tgz", gzipSync(createTar([{ name: names[0]!, data: jpeg }])))}`,
        ),
        network,
      ),
    ).rejects.toThrow(/1359 of them are missing, the first is image_0002.jpg/);
  });
});

describe("pictures", () => {
  const files = [
    { name: "./jpg/image_0001.jpg", data: Uint8Array.of(1, 2, 3) },
    { name: "jpg/image_0002.jpg", data: Uint8Array.of(4) },
    { name: "jpg/", data: undefined },
  ];

  it("come from archives and folders alike", async () => {
    const tar = createTar(files.map(({ name, data }) => (data === undefined ? { name } : { name, data })));
    const read = async (path: string) =>
      Promise.all(
        (await pictureFiles(path)).map(async (file) => [file.path, [...(await file.bytes())]] as const),
      );
    const expected = [
      ["jpg/image_0001.jpg", [1, 2, 3]],
      ["jpg/image_0002.jpg", [4]],
    ];
    expect(await read(folder.write("a.tgz", gzipSync(tar)))).toEqual(expected);
    expect(await read(folder.write("a.tar", tar))).toEqual(expected);
    mkdirSync(folder.at("pictures/jpg"), { recursive: true });
    for (const { name, data } of files) if (data !== undefined) folder.write(join("pictures", name), data);
    expect((await read(folder.at("pictures"))).sort()).toEqual(expected);
  });

  it("in archives that are none, damaged or missing are refused", async () => {
    const code = async (path: string) => {
      const error: unknown = await pictureFiles(path).catch((thrown: unknown) => thrown);
      return isReadError(error) ? error.code : String(error);
    };
    expect(await code(folder.at("missing.tgz"))).toBe("not-found");
    expect(await code(folder.write("b.zip", "x"))).toBe("unsupported");
    expect(await code(folder.write("c.tgz", "text"))).toBe("malformed");
    expect(await code(folder.write("d.tgz", gzipSync(Buffer.alloc(5000)).subarray(0, 20)))).toBe("malformed");
    expect(await code(folder.write("e.tgz", gzipSync(Buffer.alloc(5000))))).toBe("malformed");
  });
});
