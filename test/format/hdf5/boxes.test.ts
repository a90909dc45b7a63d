import fc from "fast-check";
import { expect, test } from "vitest";
import { boxesOf, placeBox } from "../../../src/format/hdf5/boxes.ts";

/** A shape of one to four axes, chunks for it, and how many values a box may hold. */
const cases = fc
  .array(fc.record({ extent: fc.integer({ min: 1, max: 9 }), chunk: fc.integer({ min: 1, max: 10 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((axes) => fc.record({ axes: fc.constant(axes), values: fc.integer({ min: 1, max: 400 }) }));

test("boxes cover every value once, never cut a chunk, and are placed where they belong", () => {
  fc.assert(
    fc.property(cases, ({ axes, values }) => {
      const shape = axes.map(({ extent }) => extent);
      const chunks = axes.map(({ chunk }) => chunk);
      const total = shape.reduce((product, extent) => product * extent, 1);
      const chunkValues = chunks.reduce((product, chunk, axis) => product * Math.min(chunk, shape[axis]!), 1);
      const target = new Uint16Array(total);
      for (const box of boxesOf(shape, chunks, values)) {
        const size = box.count.reduce((product, count) => product * count, 1);
        expect(size).toBeLessThanOrEqual(Math.max(values, chunkValues));
        box.start.forEach((start, axis) => {
          expect(start % chunks[axis]!).toBe(0);
          const end = start + box.count[axis]!;
          expect(end % chunks[axis]! === 0 || end === shape[axis]).toBe(true);
        });
        const part = Uint16Array.from(
          { length: size },
          (_, index) => linearIndex(index, box.start, box.count, shape) + 1,
        );
        placeBox(new Uint8Array(target.buffer), shape, box, new Uint8Array(part.buffer), 2);
      }
      expect([...target]).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    }),
    { numRuns: 400 },
  );
});

test("a scalar is one box of one value", () => {
  expect([...boxesOf([], [], 100)]).toEqual([{ start: [], count: [] }]);
  const target = new Uint8Array(4);
  placeBox(target, [], { start: [], count: [] }, Uint8Array.of(1, 2, 3, 4), 4);
  expect([...target]).toEqual([1, 2, 3, 4]);
});

/** Index in the whole array of value `index` of a box. */
function linearIndex(
  index: number,
  start: readonly number[],
  count: readonly number[],
  shape: readonly number[],
): number {
  let [rest, place, stride] = [index, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place += (start[axis]! + (rest % count[axis]!)) * stride;
    rest = Math.floor(rest / count[axis]!);
    stride *= shape[axis]!;
  }
  return place;
}
