import { describe, expect, it } from "vitest";
import { legendNotes, legendSubtitle, legendText, montage, ReadError, scaleWords } from "../../src/index.ts";
import { kernelOf, noiseKernel } from "../pictures.ts";

const odd = kernelOf(
  [2, 2, 1, 1, 3],
  Float32Array.of(1, 2, 3, 5, 5, 5, Number.NaN, 4, Number.POSITIVE_INFINITY, -2, Number.NEGATIVE_INFINITY, 0),
);

describe("value ranges", () => {
  it("span the kernel, each filter or each slice, finite weights only", () => {
    expect(montage(odd).range).toEqual({ min: -2, max: 5 });
    const filters = montage(odd, { normalize: "filter" });
    expect(filters.range).toBeNull();
    expect([filters.rangeOf(0, 1, 0), filters.rangeOf(1, 0, 0)]).toEqual([
      { min: 1, max: 5 },
      { min: -2, max: 4 },
    ]);
    const slices = montage(odd, { normalize: "slice" });
    expect([slices.rangeOf(0, 1, 0), slices.rangeOf(1, 0, 0), slices.rangeOf(1, 1, 0)]).toEqual([
      { min: 5, max: 5 },
      { min: 4, max: 4 },
      { min: -2, max: 0 },
    ]);
  });

  it("say what is odd", () => {
    const { counts } = montage(odd);
    expect(counts).toMatchObject({
      weights: 12,
      nan: 1,
      infinite: 2,
      below: 0,
      above: 0,
      constantSlices: 1,
      slices: 4,
    });
  });

  it("do not call a pointwise kernel constant", () => {
    expect(montage(noiseKernel([4, 5, 1, 1, 1])).counts.constantSlices).toBe(0);
  });

  it("can be fixed, symmetric and trimmed", () => {
    const kernel = kernelOf([1, 1, 1, 2, 2], Float32Array.of(-1, 0, 1, 4));
    expect(montage(kernel, { min: -3, max: 2 }).range).toEqual({ min: -3, max: 2 });
    expect(montage(kernel, { min: -3, max: 2 }).counts).toMatchObject({ below: 0, above: 1 });
    expect(montage(kernel, { max: 2, normalize: "slice" }).rangeOf(0, 0, 0)).toEqual({ min: -1, max: 2 });
    expect(montage(kernel, { symmetric: true }).range).toEqual({ min: -4, max: 4 });
    // Mean 1, standard deviation sqrt(3.5).
    const trimmed = montage(kernel, { trim: 1 });
    expect(trimmed.range!.min).toBeCloseTo(1 - Math.sqrt(3.5), 12);
    expect(trimmed.range!.max).toBeCloseTo(1 + Math.sqrt(3.5), 12);
    expect(trimmed.counts).toMatchObject({ below: 1, above: 1 });
  });

  it("are the same for every slice axis and arrangement, where the kernel shares them", () => {
    const kernel = noiseKernel([3, 2, 3, 4, 5]);
    const { range } = montage(kernel);
    for (const sliceAxis of ["height", "width"] as const) {
      const picture = montage(kernel, { sliceAxis, arrange: "seed" });
      expect(picture.range).toEqual(range);
      const tiles = [...picture.tiles()];
      expect(Math.min(...tiles.map((tile) => tile.min))).toBe(range!.min);
      expect(Math.max(...tiles.map((tile) => tile.max))).toBe(range!.max);
    }
  });

  it("of RGB are symmetric, of the filter or the kernel", () => {
    const kernel = noiseKernel([4, 3, 1, 5, 5]);
    const perFilter = [...kernel.weights].map(Math.abs);
    const picture = montage(kernel, { rgb: true });
    expect(picture.tileCount).toBe(4);
    expect(picture.rangeOf(1, 0, 0).max).toBe(Math.max(...perFilter.slice(75, 150)));
    expect(picture.rangeOf(1, 0, 0).min).toBe(-picture.rangeOf(1, 0, 0).max);
    expect(montage(kernel, { rgb: true, normalize: "kernel" }).range!.max).toBe(Math.max(...perFilter));
  });
});

describe("options that do not fit", () => {
  const kernel = noiseKernel([2, 4, 1, 3, 3]);
  it.each([
    [{ cell: 0 }, /cell is a whole number from 1 to 1024; got 0/],
    [{ cell: 1.5 }, /got 1.5/],
    [{ gap: -1 }, /gap is a whole number from 0/],
    [{ min: 1, max: 1 }, /min must be below its max/],
    [{ min: Number.NaN }, /min must be a finite number/],
    [{ trim: 0 }, /trim is a number of standard deviations above 0/],
    [{ rgb: true }, /this kernel has 4 inputs and 1 slice along depth/],
    [{ colormap: "jet" as "gray" }, /colormap is one of gray, viridis/],
    [{ sliceAxis: "time" as "depth" }, /sliceAxis is one of depth, height, width; got "time"/],
    [{ min: 9 }, /min 9 is not below any weight/],
  ])("%o", (options, message) => {
    const error = catchError(() => montage(kernel, options));
    expect(error).toBeInstanceOf(ReadError);
    expect((error as ReadError).code).toBe("bad-option");
    expect((error as ReadError).message).toMatch(message);
  });

  it("or kernels without weights", () => {
    expect(
      (catchError(() => montage(kernelOf([0, 1, 1, 3, 3], new Float32Array(0)))) as ReadError).code,
    ).toBe("unsupported");
    expect((catchError(() => montage(noiseKernel([1, 1, 1, 3, 3])).tile(1)) as ReadError).code).toBe(
      "no-such-layer",
    );
  });
});

describe("the legend", () => {
  it("says which scale is on, with caution where brightness cannot be compared", () => {
    const kernel = noiseKernel([2, 4, 3, 3, 3]);
    expect(scaleWords(montage(kernel))).toEqual({
      text: "One scale for the whole kernel: smallest to largest weight.",
      caution: false,
      mark: null,
    });
    expect(scaleWords(montage(kernel, { normalize: "slice" }))).toMatchObject({
      text: "Each slice has its own scale: brightness is not comparable (smallest to largest weight).",
      caution: true,
    });
    expect(scaleWords(montage(kernel, { normalize: "filter", trim: 3 })).text).toBe(
      "Each filter has its own scale: brightness is not comparable between filters (narrowed to mean ± 3 standard deviations).",
    );
    expect(scaleWords(montage(kernelOf([1, 1, 1, 1, 2], Float32Array.of(2, 2)))).text).toBe(
      "Every weight is 2, drawn mid-gray.",
    );
    expect(scaleWords(montage(kernelOf([1, 1, 1, 1, 2], Float32Array.of(Number.NaN, Number.NaN)))).text).toBe(
      "No weight is a finite number.",
    );
  });

  it("counts what is no plain weight", () => {
    const notes = legendNotes(montage(odd, { min: 0, max: 4, normalize: "slice" })).map((line) => line.text);
    expect(notes).toEqual([
      "1 weight is NaN.",
      "2 weights are infinite.",
      "1 below and 3 above the range, of 12 weights, are drawn at its ends, notched.",
      "1 of 4 slices is constant.",
    ]);
  });

  it("names frozen slices by the axis that they lie along", () => {
    const frozen = {
      depth: [false, false, false],
      height: [false, false, false],
      width: [true, false, true],
    };
    const kernel = noiseKernel([2, 4, 3, 3, 3], { frozen });
    const across = montage(kernel, { sliceAxis: "width", axisNames: { width: "colour" } });
    expect(across.counts.frozenSlices).toBe(16);
    expect([...across.tiles()].filter((tile) => tile.frozen)).toHaveLength(16);
    expect(legendNotes(across).map((line) => line.text)).toEqual([
      "16 of 24 slices frozen: colour 0 and 2 only ever met padding, so training could not change them.",
    ]);
    expect(legendNotes(montage(kernel)).map((line) => line.text)).toEqual([
      "In every slice, width 0 and 2 only ever met padding, so training could not change those weights.",
    ]);
  });

  it("says what the kernel is", () => {
    expect(legendSubtitle(montage(noiseKernel([2, 4, 3, 3, 3])))).toBe(
      "Convolution 3×3×3 · 4 inputs, 2 filters · 24 slices of 3×3 · float32",
    );
    expect(legendSubtitle(montage(noiseKernel([96, 1, 1, 3, 3], { kind: "depthwise", groups: 96 })))).toBe(
      "Depthwise convolution 3×3 · 96 channels, 1 filter each · 96 slices of 3×3 · float32",
    );
    expect(legendSubtitle(montage(noiseKernel([6, 4, 1, 1, 9], { groups: 3, rank: 1 })))).toBe(
      "Convolution of length 9 · 3 groups, 4 inputs each, 6 filters · 24 slices of 1×9 · float32",
    );
    expect(legendText(montage(odd))).toContain("Range -2 to 5.");
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
