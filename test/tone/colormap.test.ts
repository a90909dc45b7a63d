import { describe, expect, it } from "vitest";
import { COLORMAP_NAMES, colormap, isColormapName, THEMES } from "../../src/index.ts";
import { readPictures } from "../pictures.ts";

const { colormaps } = readPictures();
const truths = Object.entries(colormaps).map(([name, base64]) => ({
  name,
  bytes: [...Buffer.from(base64, "base64")],
}));

describe("colormaps", () => {
  it.each(truths.filter(({ name }) => name !== "gray"))(
    "$name has matplotlib's 768 bytes",
    ({ name, bytes }) => {
      if (!isColormapName(name)) throw new Error(name);
      expect([...colormap(name)]).toEqual(bytes);
    },
  );

  it("gray is the level itself, which matplotlib shows within one step", () => {
    const gray = colormap("gray");
    const truth = truths.find(({ name }) => name === "gray")!.bytes;
    for (let i = 0; i < 768; i++) {
      expect(gray[i]).toBe(Math.floor(i / 3));
      // Its conversion to bytes truncates k/255*255, which floating point leaves just below k for 24 of the grays.
      expect(gray[i]! - truth[i]!).toBeGreaterThanOrEqual(0);
      expect(gray[i]! - truth[i]!).toBeLessThanOrEqual(1);
    }
  });

  it("signed has the same lightness on both sides of zero, and the ground's at zero", () => {
    for (const theme of ["dark", "light"] as const) {
      const map = colormap("signed", theme);
      const lightness = Array.from({ length: 256 }, (_, k) => oklabLightness(map.subarray(3 * k, 3 * k + 3)));
      for (let k = 0; k < 128; k++) expect(Math.abs(lightness[k]! - lightness[255 - k]!)).toBeLessThan(0.006);
      const steps = Array.from({ length: 127 }, (_, i) => lightness[129 + i]! - lightness[128 + i]!);
      expect(steps.every((step) => (theme === "dark" ? step > -0.002 : step < 0.002))).toBe(true);
      expect(map[3 * 20 + 2], "negative is blue").toBeGreaterThan(map[3 * 20]!);
      expect(map[3 * 235], "positive is orange").toBeGreaterThan(map[3 * 235 + 2]!);
    }
  });

  it("every name is one", () => {
    for (const name of COLORMAP_NAMES) expect(colormap(name)).toHaveLength(768);
    expect(isColormapName("jet")).toBe(false);
  });
});

describe("themes", () => {
  it.each(Object.entries(THEMES))("%s has text that can be read", (_, theme) => {
    for (const tone of ["text", "muted", "caution"] as const) {
      expect(contrast(theme[tone], theme.ground), tone).toBeGreaterThanOrEqual(4.5);
    }
  });
});

function linear(value: number): number {
  const x = value / 255;
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
}

function oklabLightness([red = 0, green = 0, blue = 0]: Uint8Array): number {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  return (
    0.2104542553 * Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) +
    0.793617785 * Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) -
    0.0040720468 * Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  );
}

/** WCAG 2's contrast ratio. */
function contrast(a: readonly number[], b: readonly number[]): number {
  const luminance = ([r = 0, g = 0, blue = 0]: readonly number[]): number =>
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(blue);
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}
