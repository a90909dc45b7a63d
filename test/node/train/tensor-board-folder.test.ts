import { readdirSync, readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { montage, readKernel } from "../../../src/index.ts";
import { tensorBoardFolder } from "../../../src/node/train/tensor-board-folder.ts";
import { layers, sequential } from "../../../src/train/index.ts";
import { temporaryFolder } from "../cli/run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Width and height of every PNG in a file. */
function sizesIn(file: Buffer): (readonly [number, number])[] {
  const sizes: (readonly [number, number])[] = [];
  for (let at = file.indexOf(PNG); at >= 0; at = file.indexOf(PNG, at + 1))
    sizes.push([file.readUInt32BE(at + 16), file.readUInt32BE(at + 20)]);
  return sizes;
}

it("tensorBoardFolder keeps a picture of every convolution with its scale bar, every epoch", async () => {
  const network = sequential([
    layers.conv1d({ filters: 2, kernelSize: 3, inputShape: [8, 2] }),
    layers.conv1d({ filters: 3, kernelSize: 2 }),
    layers.globalAveragePooling1d(),
    layers.dense({ units: 1 }),
  ]);
  network.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const inputs = { data: Float32Array.from({ length: 160 }, (_, i) => (i % 7) / 7), shape: [10, 8, 2] };
  const targets = { data: Float32Array.from({ length: 10 }, (_, i) => i % 2), shape: [10, 1] };
  await network.fit(inputs, targets, {
    epochs: 2,
    validationSplit: 0.2,
    callbacks: [tensorBoardFolder(folder.at("logs"))],
  });
  expect(readdirSync(folder.at("logs")).sort()).toEqual(["train", "validation"]);
  const [name] = readdirSync(folder.at("logs/train"));
  expect(name).toMatch(/^events\.out\.tfevents\.\d+\.kernelscope$/);
  const expected = [];
  for (const layer of network.toModel().layers) {
    const { width, height } = montage(await readKernel(layer), { labels: true });
    expected.push([width, height]);
  }
  network.close();
  expect(sizesIn(readFileSync(folder.at(`logs/train/${name}`)))).toEqual([...expected, ...expected]);
});
