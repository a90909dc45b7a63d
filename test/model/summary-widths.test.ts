import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { isReadError } from "../../src/errors.ts";
import type { Model } from "../../src/model/model.ts";
import { renderSummary, type SummaryOptions } from "../../src/model/summary.ts";
import { fromFile } from "../../src/node/file.ts";
import { open } from "../../src/node/open.ts";

const FOLDER = new URL("../fixtures/keras/", import.meta.url);
const WIDTHS = new URL("widths/", FOLDER);

type Hashes = Readonly<Record<"plain" | "trainable" | "nested", Readonly<Record<string, string>>>>;

const FORMS: Readonly<Record<keyof Hashes, SummaryOptions>> = {
  plain: {},
  trainable: { showTrainable: true },
  nested: { showTrainable: true, expandNested: true },
};

const opened = new Map<string, Promise<Model>>();

function modelOf(file: string): Promise<Model> {
  const model =
    opened.get(file) ?? fromFile(fileURLToPath(new URL(file, FOLDER))).then((source) => open(source));
  opened.set(file, model);
  return model;
}

afterAll(async () => {
  for (const model of opened.values()) await (await model).close();
});

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

describe.each(readdirSync(WIDTHS).filter((name) => name.endsWith(".json")))("%s", (name) => {
  const recorded: Readonly<Record<string, Hashes>> = JSON.parse(readFileSync(new URL(name, WIDTHS), "utf8"));
  const cases = Object.entries(recorded).flatMap(([file, forms]) =>
    (["plain", "trainable", "nested"] as const).map((form) => ({ file, form, hashes: forms[form] })),
  );

  test.each(cases)("$file, $form: equal to Keras at every width", async ({ file, form, hashes }) => {
    const model = await modelOf(file);
    const key = name.startsWith("keras3") ? "columns" : "lineLength";
    const ours = Object.keys(hashes).map((width) => {
      const text = renderSummary(model, { ...FORMS[form], [key]: Number(width) });
      return [width, digest(text)];
    });
    expect(ours.length).toBeGreaterThan(85);
    expect(Object.fromEntries(ours)).toEqual(hashes);
  });
});

test("colours as on a terminal of 256 colours", async () => {
  const model = await modelOf("keras3-branches.keras");
  const text = renderSummary(model, { columns: 100, showTrainable: true, expandNested: true, color: true });
  // Rich writes neighbouring stretches of one style one by one.
  const expected = readFileSync(new URL("color.txt", WIDTHS), "utf8").replaceAll("\u001b[0m\u001b[1m", "");
  expect(text.split("\n")).toEqual(expected.split("\n"));
});

test.each([
  { lineLength: 7 },
  { lineLength: 1.5 },
  { lineLength: 1e9 },
  { columns: 0 },
  { columns: Number.NaN },
  { style: "keras2.6", showTrainable: true },
  { style: "keras2.2", expandNested: true },
] satisfies SummaryOptions[])("refuses %o", async (options) => {
  const model = await modelOf("keras3-branches.keras");
  let error: unknown;
  try {
    renderSummary(model, options);
  } catch (thrown) {
    error = thrown;
  }
  expect(isReadError(error, "bad-option")).toBe(true);
});
