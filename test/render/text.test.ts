import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { montage } from "../../src/index.ts";
import { xterm256 } from "../../src/render/terminal.ts";
import { renderText } from "../../src/report.ts";
import { noiseKernel } from "../pictures.ts";

/** Escapes taken out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escapes begin with one.
const plain = (text: string): string => text.replace(/\x1b\[[\d;]*m/g, "");

describe("renderText", () => {
  it("stays within the terminal's width, whatever the kernel", () => {
    fc.assert(
      fc.property(
        fc.tuple(...[9, 9, 4, 5, 9].map((max) => fc.integer({ min: 1, max }))),
        fc.integer({ min: 8, max: 90 }),
        fc.constantFrom("truecolor", "256", "none"),
        fc.constantFrom("aligned", "seed"),
        (shape, columns, depth, arrange) => {
          const kernel = noiseKernel(shape as unknown as [number, number, number, number, number]);
          const text = renderText(montage(kernel, { arrange, sliceAxis: "height" }), {
            depth,
            columns,
            rows: 12,
          });
          const picture = plain(text).split("\n\n").slice(1, -1).join("\n").split("\n");
          for (const line of picture) expect([...line].length).toBeLessThanOrEqual(columns);
          expect(picture.length).toBeLessThanOrEqual(14);
        },
      ),
      { numRuns: 80 },
    );
  });

  it("shows every weight of a small kernel, its blocks apart", () => {
    const text = renderText(montage(noiseKernel([2, 2, 1, 3, 3])), { depth: "none", columns: 80 });
    const rows = text.split("\n").slice(2, 9);
    expect(rows.map((row) => row.replace(/[^ ]/g, "x"))).toEqual([
      ...Array.from({ length: 3 }, () => "xxxxxx  xxxxxx"),
      "",
      ...Array.from({ length: 3 }, () => "xxxxxx  xxxxxx"),
    ]);
  });

  it("says in words what range it shows and what does not fit", () => {
    const picture = montage(noiseKernel([512, 512, 1, 1, 1]));
    const text = plain(renderText(picture, { depth: "truecolor", columns: 40, rows: 10 }));
    expect(text.replaceAll("\n", " ")).toMatch(
      /Only 40 of 512 columns and 20 of 512 rows of blocks fit here/,
    );
    expect(text).toMatch(/Range -0\.\d+ to 0\.\d+\./);
    expect(() => renderText(picture, { depth: "none", columns: 4 })).toThrow(/at least 8 columns; got 4/);
  });

  it("wraps kernels of one input to the terminal", () => {
    const picture = montage(noiseKernel([64, 1, 1, 3, 3], { kind: "depthwise", groups: 64 }));
    for (const columns of [30, 60, 200]) {
      expect(plain(renderText(picture, { depth: "truecolor", columns }))).not.toMatch(/Only/);
    }
  });

  it("has no escapes without colour, and none from names", () => {
    const kernel = noiseKernel([1, 1, 1, 3, 3], { name: "\x1b]0;owned\x07\u202e" });
    expect(renderText(montage(kernel), { depth: "none", columns: 40 })).not.toMatch(/[^\n\x20-\x7e·×±…]/);
  });
});

describe("xterm256", () => {
  it("finds the nearest entry", () => {
    expect(
      [
        [0, 0, 0],
        [255, 255, 255],
        [128, 128, 128],
        [255, 0, 0],
        [0, 95, 135],
      ].map((rgb) => xterm256(rgb as [number, number, number])),
    ).toEqual([16, 231, 244, 196, 24]);
  });
});
