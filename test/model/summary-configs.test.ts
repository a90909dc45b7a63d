import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { type LayerWeight, toArchitecture } from "../../src/format/keras/architecture.ts";
import { readKerasConfig } from "../../src/format/keras/config.ts";
import type { Architecture, Model } from "../../src/model/model.ts";
import { renderSummary } from "../../src/model/summary.ts";

const FOLDER = new URL("../fixtures/keras/", import.meta.url);

interface Recorded {
  readonly version: string;
  readonly config: unknown;
  readonly weights: Readonly<
    Record<string, readonly (readonly [name: string, shape: number[], dtype: string])[]>
  >;
}

interface Corner extends Recorded {
  readonly name: string;
  readonly plain: readonly string[];
  readonly nested: readonly string[];
}

function text(path: string): string {
  return readFileSync(new URL(path, FOLDER), "utf8");
}

function architectureOf({ version, config, weights }: Recorded): Architecture {
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

const shapes = readdirSync(new URL("shapes/", FOLDER));

test.each(shapes.filter((name) => name.endsWith(".json")))(
  "%s: every line as this Keras prints it",
  (name) => {
    const printed = shapes.find((other) => other.startsWith(name.replace(".json", ".summary-")));
    const model = modelOf(architectureOf(JSON.parse(text(`shapes/${name}`))));
    expect(renderSummary(model, { columns: 140 }).split("\n")).toEqual(text(`shapes/${printed}`).split("\n"));
  },
);

describe.each(readdirSync(new URL("corners/", FOLDER)))("%s", (name) => {
  const corners: readonly Corner[] = JSON.parse(text(`corners/${name}`));

  test.each(corners.map((corner) => [corner.name, corner] as const))("%s", (_, corner) => {
    const model = modelOf(architectureOf(corner));
    expect(renderSummary(model, { columns: 140 }).split("\n")).toEqual(corner.plain);
    const opened = renderSummary(model, { columns: 140, showTrainable: true, expandNested: true });
    expect(opened.split("\n")).toEqual(corner.nested);
  });
});
