import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { type LayerWeight, toArchitecture } from "../../src/format/keras/architecture.ts";
import { readKerasConfig } from "../../src/format/keras/config.ts";
import type { Architecture, Model } from "../../src/model/model.ts";
import { renderSummary } from "../../src/model/summary.ts";

const FOLDER = new URL("../fixtures/keras/shapes/", import.meta.url);

interface Recorded {
  readonly version: string;
  readonly config: unknown;
  readonly weights: Readonly<
    Record<string, readonly (readonly [name: string, shape: number[], dtype: string])[]>
  >;
}

function architectureOf(name: string): Architecture {
  const { version, config, weights }: Recorded = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
  const byLayer = new Map(
    Object.entries(weights).map(([layer, rows]): [string, LayerWeight[]] => [
      layer,
      rows.map(([weight, shape, dtype]) => ({ name: weight, shape, dtype })),
    ]),
  );
  return toArchitecture(readKerasConfig(config, version, createBudget()), { byLayer, optimizer: null });
}

function modelOf(architecture: Architecture): Model {
  return {
    file: "zoo",
    format: "keras",
    producer: architecture.framework,
    layers: [],
    tensors: [],
    rejected: [],
    architecture,
    parameters: { total: 0, trainable: null, nonTrainable: null },
    notes: [],
    close: async () => undefined,
  };
}

const configs = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe.each(configs)("%s", (name) => {
  const stem = name.replace(".json", "");
  const text = readdirSync(FOLDER).find((other) => other.startsWith(`${stem}.summary-`));

  test("prints every line as this Keras does", () => {
    const expected = readFileSync(new URL(text!, FOLDER), "utf8");
    const lines = renderSummary(modelOf(architectureOf(name)), { columns: 140 }).split("\n");
    expect(lines).toEqual(expected.split("\n"));
  });
});
