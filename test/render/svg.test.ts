import { describe, expect, it } from "vitest";
import { loadGlyphs, montage, rasterize, renderSvg } from "../../src/index.ts";
import { noiseKernel } from "../pictures.ts";

const glyphs = await loadGlyphs();

describe("renderSvg", () => {
  it("gives each weight a rectangle of the very colour and place that the raster has", () => {
    const kernel = noiseKernel([3, 2, 3, 4, 3]);
    for (const options of [
      { cell: 5 },
      { cell: 3, labels: true, colormap: "signed", normalize: "slice" },
      { cell: 4, rgb: true, sliceAxis: "width" },
    ] as const) {
      const subject = "rgb" in options ? noiseKernel([5, 3, 1, 3, 3]) : kernel;
      const picture = montage(subject, options);
      const raster = rasterize(picture, glyphs);
      const svg = renderSvg(picture);
      let cells = 0;
      for (const [, x, y, inside = ""] of svg.matchAll(
        /<g transform="translate\((\d+) (\d+)\)">(.*?)<\/g>/g,
      )) {
        for (const [, dx, dy, fill = ""] of inside.matchAll(
          /<rect x="(\d+)" y="(\d+)" width="\d+" height="\d+" fill="#(\w{6})"\/>/g,
        )) {
          const at = ((Number(y) + Number(dy)) * raster.width + Number(x) + Number(dx)) * raster.channels;
          const pixel =
            raster.channels === 1
              ? [0, 0, 0].map(() => raster.pixels[at]!)
              : [...raster.pixels.subarray(at, at + 3)];
          expect(fill).toBe(Buffer.from(pixel).toString("hex"));
          cells++;
        }
      }
      expect(cells).toBe(subject.weights.length / (picture.options.rgb ? 3 : 1));
    }
  });

  it("keeps names from a file text", () => {
    const hostile = `</title><script>alert(1)</script>" onload='x' & \u0000\u0007\u202e\ufffe\ud800 ]]>`;
    const svg = renderSvg(
      montage(noiseKernel([1, 2, 1, 2, 2], { name: hostile, dtype: hostile }), {
        labels: true,
        axisNames: { in: hostile },
      }),
    );
    expect(svg).not.toMatch(/<script|onload='|"\s*onload/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for the very characters that XML forbids.
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\u202e]/);
    expect(
      [...svg.matchAll(/<(\/?[a-z]+)/gi)].every(([, tag]) =>
        /^\/?(svg|title|desc|rect|g|text|defs|stop|linearGradient)$/.test(tag!),
      ),
    ).toBe(true);
    expect(svg, "no half of a surrogate pair").not.toMatch(/\p{Cs}/u);
  });

  it("has ids that do not clash with another picture's on one page", () => {
    const ids = (kernel: Parameters<typeof montage>[0], options: Parameters<typeof montage>[1]): string[] =>
      [...renderSvg(montage(kernel, options)).matchAll(/id="([^"]+)"/g)].map(([, id]) => id!);
    const kernel = noiseKernel([2, 2, 1, 3, 3]);
    const [gray, signed] = [ids(kernel, { labels: true }), ids(kernel, { labels: true, colormap: "signed" })];
    expect(gray).toHaveLength(1);
    expect(signed).not.toEqual(gray);
  });
});
