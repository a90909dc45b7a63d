import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Kernel, type MontageOptions, montage } from "../../src/index.ts";
import { kernelOf, noiseKernel } from "../pictures.ts";

/** Kernels filled with their own index, of any shape (primes too), grouped or not, under any geometry. */
const pictures = fc
  .record({
    shape: fc.tuple(...[7, 5, 4, 5, 7].map((max) => fc.integer({ min: 1, max }))),
    groups: fc.constantFrom(1, 2, 3),
    sliceAxis: fc.constantFrom("depth", "height", "width"),
    arrange: fc.constantFrom("aligned", "seed"),
    cell: fc.integer({ min: 1, max: 7 }),
    gap: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    labels: fc.boolean(),
    rgb: fc.boolean(),
    frozen: fc.boolean(),
  })
  .map(({ shape, groups, frozen, rgb, ...options }) => {
    const [outs, ins, depth, height, width] = shape as unknown as [number, number, number, number, number];
    const full: Kernel["shape"] = [outs * groups, rgb ? 3 : ins, depth, height, width];
    const count = full.reduce((product, extent) => product * extent, 1);
    const none = (extent: number): boolean[] => Array.from({ length: extent }, (_, i) => i === 1);
    const kernel = kernelOf(
      full,
      Float32Array.from({ length: count }, (_, i) => i),
      {
        groups,
        frozen: frozen ? { depth: none(depth), height: none(height), width: none(width) } : null,
      },
    );
    return { kernel, options: { ...options, rgb } as MontageOptions };
  });

describe("geometry", () => {
  it("pixelToWeight and weightToRect undo each other for every weight", () => {
    fc.assert(
      fc.property(pictures, ({ kernel, options }) => {
        const picture = montage(kernel, options);
        const { layout } = picture.grid;
        for (const tile of picture.tiles()) {
          for (let row = 0; row < layout.rows; row++) {
            for (let column = 0; column < layout.columns; column++) {
              const rect = picture.weightToRect(tile.out, tile.in, tile.depth, row, column);
              for (const [dx, dy] of [
                [0, 0],
                [rect.width - 1, rect.height - 1],
              ] as const) {
                const found = picture.pixelToWeight(rect.x + dx, rect.y + dy);
                // The kernel is its own index, so the value proves where it was taken from.
                const at = indexOf(kernel, options, tile, row, column);
                const same =
                  found?.out === tile.out &&
                  found.in === tile.in &&
                  found.depth === tile.depth &&
                  found.row === row &&
                  found.column === column &&
                  found.index === at &&
                  found.value === at;
                if (!same)
                  expect.fail(
                    `${JSON.stringify(found)} instead of ${JSON.stringify({ tile, row, column, at })}`,
                  );
              }
            }
          }
        }
      }),
      { numRuns: 120 },
    );
  });

  it("tiles lie inside the picture, apart from one another, and gaps are no tile", () => {
    fc.assert(
      fc.property(pictures, ({ kernel, options }) => {
        const picture = montage(kernel, options);
        const covered = new Map<string, number>();
        let index = 0;
        for (const tile of picture.tiles()) {
          const inside =
            tile.x >= 0 &&
            tile.y >= 0 &&
            tile.x + tile.width <= picture.width &&
            tile.y + tile.height <= picture.height;
          if (!inside) expect.fail(`${JSON.stringify(tile)} leaves ${picture.width} × ${picture.height}`);
          for (let y = tile.y; y < tile.y + tile.height; y += Math.max(1, tile.height - 1)) {
            for (let x = tile.x; x < tile.x + tile.width; x += Math.max(1, tile.width - 1)) {
              const alone = !covered.has(`${x},${y}`) && picture.tileAt(x, y) === index;
              if (!alone) expect.fail(`tile ${index} shares pixel ${x}, ${y}`);
              covered.set(`${x},${y}`, index);
            }
          }
          index++;
        }
        expect(index).toBe(picture.tileCount);
        for (const [x, y] of [
          [-1, 0],
          [0, -1],
          [picture.width, 0],
          [0, picture.height],
          [Number.NaN, 0],
        ] as const) {
          expect(picture.tileAt(x, y)).toBeNull();
          expect(picture.pixelToWeight(x, y)).toBeNull();
        }
      }),
      { numRuns: 100 },
    );
  });

  it("every pixel belongs to the weight whose cell covers it, or to none", () => {
    const kernel = noiseKernel([3, 2, 3, 2, 5]);
    for (const options of [
      { cell: 3 },
      { cell: 2, gap: 4, sliceAxis: "width" },
      { cell: 1, gap: 0 },
      { labels: true, cell: 5 },
    ] as const) {
      const picture = montage(kernel, options);
      let inCells = 0;
      for (let y = 0; y < picture.height; y++) {
        for (let x = 0; x < picture.width; x++) {
          const weight = picture.pixelToWeight(x, y);
          if (weight === null) continue;
          inCells++;
          const rect = picture.weightToRect(weight.out, weight.in, weight.depth, weight.row, weight.column);
          expect(x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height).toBe(
            true,
          );
        }
      }
      expect(inCells).toBe(kernel.weights.length * picture.options.cell ** 2);
    }
  });
});

/** Where a weight lies in a row-major [out, in, depth, height, width] array. */
function indexOf(
  kernel: Kernel,
  options: MontageOptions,
  tile: { out: number; in: number; depth: number },
  row: number,
  column: number,
): number {
  const [, ins, depth, height, width] = kernel.shape;
  const [d, h, w] =
    options.sliceAxis === "height"
      ? [row, tile.depth, column]
      : options.sliceAxis === "width"
        ? [row, column, tile.depth]
        : [tile.depth, row, column];
  return (((tile.out * ins + tile.in) * depth + d) * height + h) * width + w;
}
