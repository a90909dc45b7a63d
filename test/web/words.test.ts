import { describe, expect, test } from "vitest";
import { drawCommand } from "../../web/draw-command.ts";
import type { LayerFacts } from "../../web/protocol.ts";
import { DEFAULT_VIEW } from "../../web/state.ts";
import { visible } from "../../web/visible.ts";
import * as words from "../../web/words.ts";

describe("numbers", () => {
  test("sizes in bytes", () => {
    expect([0, 1, 999, 1000, 1_128_000, 13_400_000, 999_999, 6e9].map(words.bytesText)).toEqual([
      "0 bytes",
      "1 byte",
      "999 bytes",
      "1.0 kB",
      "1.1 MB",
      "13 MB",
      "1.0 MB",
      "6.0 GB",
    ]);
  });

  test("a weight keeps every digit", () => {
    for (const value of [Math.fround(0.1), -1.5e-30, 5e-324, 123456.789, 0]) {
      expect(Number(words.weightText(value))).toBe(value);
    }
    expect(words.weightText(-0)).toBe("-0");
    expect(words.weightText(Number.NaN)).toBe("NaN");
  });
});

describe("the command", () => {
  const layer = { index: 2 } as LayerFacts;
  const plain = { axisOrder: null, entry: null };

  test("is short where the view is the default", () => {
    expect(drawCommand("seed.keras", layer, DEFAULT_VIEW, 24, plain).join(" ")).toBe(
      "kernelscope draw seed.keras '#2' --cell 24 -o kernels.png",
    );
  });

  test("names every choice, and quotes what a shell would not take as it is", () => {
    const view = {
      ...DEFAULT_VIEW,
      sliceAxis: "width",
      normalize: "slice",
      symmetric: true,
      trim: 3,
      colormap: "RdBu_r",
    } as const;
    expect(
      drawCommand("it's a model.h5", layer, view, 8, { axisOrder: "keras", entry: "b c/d.onnx" }).join(" "),
    ).toBe(
      "kernelscope draw 'it'\\''s a model.h5' '#2' --slice-axis width --normalize slice --symmetric --trim 3 --colormap RdBu_r --cell 8 --entry 'b c/d.onnx' --axis-order keras -o kernels.png",
    );
    expect(drawCommand("-rf", layer, DEFAULT_VIEW, 24, plain).join(" ")).toContain(" './-rf' ");
    expect(drawCommand("a\u202eb\n", layer, DEFAULT_VIEW, 24, plain).join(" ")).toContain(
      " $'a\\u202eb\\u000a' ",
    );
  });
});

test("text from a file hides nothing and is never endless", () => {
  expect(visible("a\u202eb\u0007")).toBe("a\\u202eb\\x07");
  expect(visible("x".repeat(1_000_000)).length).toBeLessThanOrEqual(400);
  expect(visible("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
});
