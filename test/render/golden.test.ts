import { describe, expect, it } from "vitest";
import {
  encodePng,
  type Kernel,
  type MontageOptions,
  montage,
  rasterize,
  renderLargeSvg,
  renderSvg,
} from "../../src/index.ts";
import { renderText } from "../../src/report.ts";
import { expectGolden } from "../golden.ts";
import { noiseKernel } from "../pictures.ts";
import { readPng } from "../read-png.ts";

/** Changes some weights of a kernel. */
function withWeights(kernel: Kernel, changes: Readonly<Record<number, number>>): Kernel {
  for (const [index, weight] of Object.entries(changes)) kernel.weights[Number(index)] = weight;
  return kernel;
}

const onlyMiddle = [true, false, true];
const never = [false, false, false];
const seedShaped = noiseKernel([2, 4, 3, 3, 3], {
  name: "conv3d_12",
  frozen: { depth: never, height: never, width: onlyMiddle },
});
const odd = withWeights(noiseKernel([3, 3, 1, 4, 4], { name: "not a <number> & more 中文 \u202e" }), {
  5: Number.NaN,
  18: Number.POSITIVE_INFINITY,
  35: Number.NEGATIVE_INFINITY,
  40: 7,
  41: -7,
});

const pictures: readonly { name: string; kernel: Kernel; options: MontageOptions }[] = [
  {
    name: "1d",
    kernel: noiseKernel([5, 3, 1, 1, 9], { name: "conv1d", rank: 1 }),
    options: { labels: true },
  },
  { name: "2d", kernel: noiseKernel([4, 6, 1, 3, 3]), options: { cell: 5 } },
  {
    name: "2d-viridis",
    kernel: noiseKernel([4, 6, 1, 3, 3]),
    options: { cell: 5, colormap: "viridis", normalize: "filter" },
  },
  { name: "3d", kernel: noiseKernel([3, 4, 3, 3, 3]), options: { cell: 6 } },
  {
    name: "3d-height-signed",
    kernel: noiseKernel([3, 2, 3, 5, 3]),
    options: { cell: 6, sliceAxis: "height", colormap: "signed", symmetric: true },
  },
  {
    name: "depthwise",
    kernel: noiseKernel([21, 1, 1, 3, 3], { name: "dw", kind: "depthwise", groups: 21 }),
    options: { cell: 8, labels: true },
  },
  {
    name: "transposed",
    kernel: noiseKernel([4, 2, 1, 4, 4], { name: "up", kind: "transposed" }),
    options: { labels: true, colormap: "RdBu_r", symmetric: true },
  },
  {
    name: "grouped",
    kernel: noiseKernel([6, 3, 1, 3, 3], { name: "grouped", groups: 3 }),
    options: { labels: true, cell: 9 },
  },
  {
    name: "rgb",
    kernel: noiseKernel([12, 3, 1, 5, 5], { name: "stem" }),
    options: { labels: true, rgb: true, cell: 7 },
  },
  { name: "rgb-depth", kernel: noiseKernel([4, 1, 3, 3, 3]), options: { rgb: true, cell: 4 } },
  {
    name: "constant",
    kernel: { ...noiseKernel([2, 2, 1, 3, 3]), weights: new Float32Array(36).fill(0.25) },
    options: { labels: true },
  },
  { name: "nan", kernel: odd, options: { labels: true, min: -0.3, max: 0.3 } },
  { name: "nan-small-cells", kernel: odd, options: { cell: 2, theme: "light" } },
  {
    name: "frozen",
    kernel: seedShaped,
    options: { labels: true, sliceAxis: "width", normalize: "slice", cell: 16 },
  },
  { name: "frozen-partly", kernel: seedShaped, options: { cell: 9 } },
  {
    name: "seed",
    kernel: seedShaped,
    options: { labels: true, arrange: "seed", normalize: "slice", theme: "light", cell: 12 },
  },
  {
    name: "tiny",
    kernel: noiseKernel([1, 1, 1, 1, 1], { name: `${"very/long/name_of/".repeat(9)}Conv2D` }),
    options: { labels: true },
  },
];

describe("pictures", () => {
  it.each(pictures)("golden/pictures/$name, as PNG and as SVG", async ({ name, kernel, options }) => {
    const picture = montage(kernel, options);
    expectGolden(`pictures/${name}.png`, await encodePng(picture));
    expectGolden(`pictures/${name}.svg`, renderSvg(picture));
  });

  it("an SVG beyond 20,000 cells embeds its tiles as an image", async () => {
    const picture = montage(noiseKernel([48, 48, 1, 3, 3], { name: "many" }), { cell: 1, labels: true });
    expect(() => renderSvg(picture)).toThrow(/20736 cells .* renderLargeSvg/);
    const svg = await renderLargeSvg(picture);
    const [, base64 = ""] = /data:image\/png;base64,([^"]*)/.exec(svg) ?? [];
    expectGolden("pictures/many.svg", svg.replace(base64, "…"));
    const { rgb, width, height } = readPng(Buffer.from(base64, "base64"));
    const bare = rasterize(montage(picture.kernel, { cell: 1 }));
    expect([width, height]).toEqual([bare.width, bare.height]);
    expect([...rgb.filter((_, i) => i % 3 === 0)]).toEqual([...bare.pixels]);
  });

  it.each([
    ["ink", seedShaped, { depth: "none", columns: 100 }],
    ["ink-narrow", seedShaped, { depth: "none", columns: 40 }],
    ["ink-odd", odd, { depth: "none", columns: 60 }],
    ["truecolor", odd, { depth: "truecolor", columns: 60 }],
    ["256", seedShaped, { depth: "256", columns: 80, rows: 2 }],
  ] as const)("golden/terminal/%s.txt", async (name, kernel, options) => {
    await expect(renderText(montage(kernel), options)).toMatchFileSnapshot(`../golden/terminal/${name}.txt`);
  });
});
