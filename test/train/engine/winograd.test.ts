import { expect, test } from "vitest";

import { lossNode } from "../../../src/train/engine/loss-node.ts";
import { createPlan } from "../../../src/train/engine/planner/create-plan.ts";
import { resolveGraph } from "../../../src/train/engine/resolve.ts";
import { type Case, chain, conv, winogradCases } from "./graphs.ts";

const labelsOf = ({ graph, loss }: Pick<Case, "graph" | "loss">): readonly string[] => {
  const resolved = resolveGraph(graph);
  const options = { batchSize: 32, optimizer: { kind: "sgd" }, arithmetic: { relaxed: false } } as const;
  const { plan } = createPlan(resolved, { ...options, loss: lossNode(resolved, loss) });
  return plan.phases.map(({ label }) => label).filter((label) => label.includes("points"));
};

test.each(winogradCases)("$name: the cases that compare values do go through points", (item) => {
  const labels = labelsOf(item);
  expect(labels.some((label) => /^[^ ]+ to points$/.test(label))).toBe(true);
  expect(labels.some((label) => /input to points$/.test(label))).toBe(true);
  expect(labels.some((label) => /gradient to points$/.test(label))).toBe(true);
  expect(labels.some((label) => /kernel from points$/.test(label))).toBe(true);
});

const loss = { kind: "meanSquaredError" } as const;
const two = (filters: number, more: Parameters<typeof conv>[2] = {}) =>
  chain([8, 8, 8], conv(filters, [3, 3], { padding: "same", ...more }));

test.each([
  ["few filters", two(7)],
  ["strides", two(8, { strides: [1, 2] })],
  ["dilation along the last axis", two(8, { dilation: [1, 2] })],
  ["groups", two(8, { groups: 2 })],
  ["a last tile for one column", chain([8, 9, 8], conv(8, [3, 3], { padding: "same" }))],
  [
    "a layer too large for the transformed values",
    chain([64, 64, 64, 8], conv(8, [3, 3, 3], { padding: "same" })),
  ],
])("%s: stays plain", (_, graph) => expect(labelsOf({ graph, loss })).toEqual([]));

test("many layers keep 64 MiB of transformed inputs, the others transform theirs again", () => {
  const layers = Array.from({ length: 12 }, () => conv(8, [3, 3], { padding: "same" }));
  const labels = labelsOf({ graph: chain([64, 64, 8], ...layers), loss });
  const again = labels.filter((label) => label.includes("again"));
  // 16 tiles of 6 points by 64 rows, 8 channels and 32 samples: 6 MiB each, for ten layers.
  expect(again.length).toBe(2);
});
