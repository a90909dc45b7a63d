import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { readKerasConfig } from "../../../src/format/keras/config.ts";

const FOLDER = new URL("../../fixtures/keras/shapes/", import.meta.url);

interface Recorded {
  readonly version: string;
  readonly config: unknown;
  readonly outputs: Readonly<Record<string, readonly (readonly (number | null)[])[]>>;
}

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe.each(names)("%s", (name) => {
  const { version, config, outputs } = recorded(name);
  const read = readKerasConfig(config, version, createBudget());
  const byName = new Map(read.layers.map((layer) => [layer.name, layer]));

  test("has every layer of the config", () => {
    expect(read.branching).toBe(true);
    expect(Object.keys(outputs).length).toBeGreaterThan(18);
  });

  test.each(Object.entries(outputs))("%s", (layer, shapes) => {
    expect(byName.get(layer)?.outputShapes).toEqual(shapes);
  });
});
