import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { renderSummary, type SummaryOptions } from "../../src/model/summary.ts";
import { fromFile } from "../../src/node/file.ts";
import { open } from "../../src/node/open.ts";

async function seedSummary(options: SummaryOptions): Promise<readonly string[]> {
  const model = await open(
    await fromFile(fileURLToPath(new URL("../../examples/seed.keras", import.meta.url))),
  );
  try {
    return renderSummary(model, options).split("\n");
  } finally {
    await model.close();
  }
}

test("examples/seed.keras in the box of the Keras that wrote it", async () => {
  const printed = new URL("../fixtures/keras/example/seed.summary-keras3-80.txt", import.meta.url);
  expect(await seedSummary({})).toEqual(readFileSync(printed, "utf8").split("\n"));
});

test("and in the rows of Keras 2.2.5", async () => {
  const lines = await seedSummary({ style: "keras2" });
  expect(lines.slice(0, 9)).toEqual([
    'Model: "sequential_6"',
    "_________________________________________________________________",
    "Layer (type)                 Output Shape              Param #   ",
    "=================================================================",
    "conv3d_10 (Conv3D)           (None, 56, 56, 1, 2)      56        ",
    "_________________________________________________________________",
    "activation_16 (Activation)   (None, 56, 56, 1, 2)      0         ",
    "_________________________________________________________________",
    "conv3d_11 (Conv3D)           (None, 56, 56, 1, 4)      220       ",
  ]);
  expect(lines.slice(-6)).toEqual([
    "=================================================================",
    "Total params: 629,511",
    "Trainable params: 629,511",
    "Non-trainable params: 0",
    "_________________________________________________________________",
    "",
  ]);
});
