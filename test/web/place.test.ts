import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { move, type Step } from "../../web/place.ts";
import type { Extents, Place } from "../../web/protocol.ts";

const seed: Extents = { out: 2, in: 4, slice: 3, row: 3, column: 3, blocksAcross: 4 };
const at = (out: number, input: number, slice: number, row: number, column: number): Place => ({
  out,
  in: input,
  slice,
  row,
  column,
});
const step = (right: -1 | 0 | 1, down: -1 | 0 | 1, by: "weight" | "block" = "weight"): Step => ({
  by,
  right,
  down,
});

describe("the cursor", () => {
  test("goes from weight to weight, through slices and then inputs", () => {
    expect(move(at(0, 0, 0, 0, 0), step(1, 0), seed)).toEqual(at(0, 0, 0, 0, 1));
    expect(move(at(0, 0, 0, 1, 2), step(1, 0), seed)).toEqual(at(0, 0, 1, 1, 0));
    expect(move(at(0, 0, 2, 1, 2), step(1, 0), seed)).toEqual(at(0, 1, 0, 1, 0));
    expect(move(at(0, 1, 0, 1, 0), step(-1, 0), seed)).toEqual(at(0, 0, 2, 1, 2));
  });

  test("goes down from filter to filter", () => {
    expect(move(at(0, 2, 1, 2, 1), step(0, 1), seed)).toEqual(at(1, 2, 1, 0, 1));
    expect(move(at(1, 2, 1, 0, 1), step(0, -1), seed)).toEqual(at(0, 2, 1, 2, 1));
  });

  test("keeps its place in the block when it jumps by blocks", () => {
    expect(move(at(0, 2, 1, 2, 1), step(1, 0, "block"), seed)).toEqual(at(0, 3, 1, 2, 1));
    expect(move(at(0, 2, 1, 2, 1), step(0, 1, "block"), seed)).toEqual(at(1, 2, 1, 2, 1));
  });

  test("goes to the ends of the row and of the picture", () => {
    const from = at(0, 2, 1, 2, 1);
    expect(move(from, { by: "end", of: "row", at: "first" }, seed)).toEqual(at(0, 0, 0, 2, 0));
    expect(move(from, { by: "end", of: "row", at: "last" }, seed)).toEqual(at(0, 3, 2, 2, 2));
    expect(move(from, { by: "end", of: "picture", at: "first" }, seed)).toEqual(at(0, 0, 0, 0, 0));
    expect(move(from, { by: "end", of: "picture", at: "last" }, seed)).toEqual(at(1, 3, 2, 2, 2));
  });

  test("wraps filters of a single input as the picture does, and stays out of the missing corner", () => {
    const wrapped: Extents = { out: 5, in: 1, slice: 1, row: 2, column: 2, blocksAcross: 3 };
    expect(move(at(2, 0, 0, 0, 1), step(1, 0), wrapped)).toEqual(at(2, 0, 0, 0, 1));
    expect(move(at(1, 0, 0, 1, 1), step(0, 1), wrapped)).toEqual(at(4, 0, 0, 0, 1));
    expect(move(at(2, 0, 0, 1, 1), step(0, 1), wrapped)).toEqual(at(2, 0, 0, 1, 1));
    expect(move(at(4, 0, 0, 1, 1), step(1, 0), wrapped)).toEqual(at(4, 0, 0, 1, 1));
    expect(move(at(0, 0, 0, 0, 0), { by: "end", of: "picture", at: "last" }, wrapped)).toEqual(
      at(4, 0, 0, 1, 1),
    );
  });

  test("never leaves the kernel, and comes back by the opposite step unless a border stopped it", () => {
    const side = fc.integer({ min: 1, max: 5 });
    const extents = fc
      .record({ out: side, in: side, slice: side, row: side, column: side, across: side })
      .map(({ across, ...rest }) => ({
        ...rest,
        blocksAcross: rest.in === 1 ? Math.min(across, rest.out) : rest.in,
      }));
    const steps = fc.array(
      fc.constantFrom(step(1, 0), step(-1, 0), step(0, 1), step(0, -1), step(1, 0, "block")),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(extents, steps, (size, taken) => {
        let place = at(0, 0, 0, 0, 0);
        for (const one of taken) {
          const next = move(place, one, size);
          expect(next.out).toBeLessThan(size.out);
          expect(next.in).toBeLessThan(size.in);
          expect(next.slice).toBeLessThan(size.slice);
          expect(next.row).toBeLessThan(size.row);
          expect(next.column).toBeLessThan(size.column);
          expect(Object.values(next).every((index) => Number.isInteger(index) && index >= 0)).toBe(true);
          if (one.by !== "end" && JSON.stringify(next) !== JSON.stringify(place)) {
            const back: Step = { by: one.by, right: -one.right as -1 | 0 | 1, down: -one.down as -1 | 0 | 1 };
            expect(move(next, back, size)).toEqual(place);
          }
          place = next;
        }
      }),
    );
  });
});
