import { expect, test } from "vitest";
import { sortAsSaved } from "../../../src/format/keras/store-order.ts";

interface Group {
  readonly name: string;
  readonly at: number;
  readonly children: Map<string, Group>;
}

function group(name: string, at: number, ...children: readonly Group[]): Group {
  return { name, at, children: new Map(children.map((child) => [child.name, child])) };
}

function sortedNames(...children: readonly Group[]): string[] {
  const root = group("", 0, ...children);
  sortAsSaved(root, ({ at }) => at);
  return [...root.children.keys()];
}

test("groups come in the order of their places in the file, not of their names", () => {
  expect(
    sortedNames(group("conv2d", 100), group("conv2d_1", 300), group("dense", 200), group("conv2d_2", 400)),
  ).toEqual(["conv2d", "dense", "conv2d_1", "conv2d_2"]);
});

test("a group that was put into a gap comes after its predecessor of the same class", () => {
  expect(
    sortedNames(
      group("conv2d", 100),
      group("norm", 200),
      group("conv2d_1", 300),
      group("conv2d_2", 50),
      group("norm_1", 400),
    ),
  ).toEqual(["conv2d", "norm", "conv2d_1", "conv2d_2", "norm_1"]);
});

test("a nested model counts from its last layer on, and its own layers are sorted too", () => {
  const nested = group("functional", 0, group("b", 250), group("a", 150));
  const root = group("", 0, nested, group("conv2d", 200), group("dense", 300));
  sortAsSaved(root, ({ at }) => at);
  expect([...root.children.keys()]).toEqual(["conv2d", "functional", "dense"]);
  expect([...nested.children.keys()]).toEqual(["a", "b"]);
});

test("ten comes after nine", () => {
  const names = Array.from({ length: 12 }, (_, index) => (index === 0 ? "conv2d" : `conv2d_${index}`));
  expect(sortedNames(...names.toSorted().map((name) => group(name, 7)))).toEqual(names);
});
