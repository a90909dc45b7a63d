import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Model } from "../../src/model/model.ts";
import { renderSummary, type SummaryOptions, type SummaryStyle } from "../../src/model/summary.ts";
import { fromFile } from "../../src/node/file.ts";
import { open } from "../../src/node/open.ts";

const FOLDER = new URL("../fixtures/keras/", import.meta.url);
const names = readdirSync(FOLDER);

/** `<case>.summary-<style>[-width][-trainable][-nested].txt` */
const PRINTED = /^(.+)\.summary-(keras[\d.]+)(?:-(\d+))?(-trainable)?(-nested)?\.txt$/;

/** The styles that texts were printed in by the code of exact versions. */
const STYLES: Readonly<Record<string, SummaryStyle>> = {
  "keras2.2.5": "keras2.2",
  "keras2.6.0": "keras2.6",
  "keras2.7": "keras2.7",
  "keras2.13": "keras2.13",
  keras3: "keras3",
};

const texts = names.flatMap((name) => {
  const [, stem, style, width, trainable, nested] = PRINTED.exec(name) ?? [];
  if (stem === undefined || style === undefined) return [];
  const wide =
    width === undefined
      ? {}
      : style === "keras3"
        ? { columns: Number(width) }
        : { lineLength: Number(width) };
  const options: SummaryOptions = {
    style: STYLES[style],
    showTrainable: trainable !== undefined,
    expandNested: nested !== undefined,
    ...wide,
  };
  return [{ name, stem, options }];
});

async function modelOf(stem: string): Promise<Model> {
  const { file } = JSON.parse(readFileSync(new URL(`${stem}.json`, FOLDER), "utf8"));
  return open(await fromFile(fileURLToPath(new URL(file, FOLDER))));
}

describe.each([...new Set(texts.map(({ stem }) => stem))])("%s", (stem) => {
  test.each(texts.filter((text) => text.stem === stem))("$name", async ({ name, options }) => {
    const model = await modelOf(stem);
    try {
      const lines = renderSummary(model, options).split("\n");
      expect(lines).toEqual(readFileSync(new URL(name, FOLDER), "utf8").split("\n"));
    } finally {
      await model.close();
    }
  });
});
