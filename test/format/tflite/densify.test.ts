import { describe, expect, it } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { isReadError } from "../../../src/errors.ts";
import { densify, type SparseLevel, type Sparsity } from "../../../src/format/tflite/densify.ts";

const dense = (extent: number): SparseLevel => ({ dense: extent, segments: null, indices: null });
const sparse = (segments: readonly number[], indices: readonly number[]): SparseLevel => ({
  dense: 0,
  segments,
  indices,
});

function expand(values: readonly number[], shape: readonly number[], sparsity: Sparsity): number[] {
  return [...densify(Uint8Array.from(values), 1, shape, sparsity, createBudget())];
}

describe("densify", () => {
  it("spreads rows of which some places are stored", () => {
    const rows = {
      traversalOrder: [0, 1],
      blockMap: [],
      levels: [dense(3), sparse([0, 2, 2, 3], [0, 3, 1])],
    };
    expect(expand([1, 2, 3], [3, 4], rows)).toEqual([1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0]);
  });

  it("goes by columns where the axes are traversed in that order", () => {
    const columns = {
      traversalOrder: [1, 0],
      blockMap: [],
      levels: [dense(2), sparse([0, 1, 3], [1, 0, 2])],
    };
    expect(expand([1, 2, 3], [3, 2], columns)).toEqual([0, 2, 1, 0, 0, 3]);
  });

  // The example of TensorFlow Lite's schema: a 4 x 4 matrix in 2 x 2 blocks.
  it("puts blocks together", () => {
    const blocks = {
      traversalOrder: [0, 1, 2, 3],
      blockMap: [0, 1],
      levels: [dense(2), sparse([0, 2, 3], [0, 1, 1]), dense(2), dense(2)],
    };
    expect(expand([1, 0, 0, 4, 2, 3, 0, 0, 5, 0, 0, 6], [4, 4], blocks)).toEqual([
      ...[1, 0, 2, 3],
      ...[0, 4, 0, 0],
      ...[0, 0, 5, 0],
      ...[0, 0, 0, 6],
    ]);
  });

  it.each([
    ["too few values", [1, 2], { traversalOrder: [0, 1], blockMap: [], levels: [dense(2), dense(2)] }],
    ["an axis twice", [1], { traversalOrder: [0, 0], blockMap: [], levels: [dense(2), dense(2)] }],
    ["another extent", [1], { traversalOrder: [0, 1], blockMap: [], levels: [dense(2), dense(3)] }],
    [
      "a place outside",
      [1],
      { traversalOrder: [0, 1], blockMap: [], levels: [dense(2), sparse([0, 1, 1], [2])] },
    ],
    [
      "a place twice",
      [1, 2],
      { traversalOrder: [0, 1], blockMap: [], levels: [dense(2), sparse([0, 2, 2], [1, 1])] },
    ],
    [
      "segments past the end",
      [1],
      { traversalOrder: [0, 1], blockMap: [], levels: [dense(2), sparse([0, 9, 9], [1])] },
    ],
    [
      "blocks that do not divide",
      [1],
      { traversalOrder: [0, 1, 2], blockMap: [1], levels: [dense(2), dense(1), dense(3)] },
    ],
    [
      "a block of nothing",
      [1],
      { traversalOrder: [0, 1, 2], blockMap: [1], levels: [dense(2), dense(1), dense(0)] },
    ],
  ])("refuses %s", (_, values, sparsity) => {
    let found: unknown;
    try {
      expand(values, [2, 2], sparsity);
    } catch (error) {
      found = error;
    }
    expect(isReadError(found, "malformed"), String(found)).toBe(true);
  });
});
