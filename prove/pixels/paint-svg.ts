/** Pixels of three channels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/**
 * Paints the SVG of a montage without labels: rectangles, polygons of straight lines and uses of definitions made of
 * them, in whole pixels. A second opinion on the raster, so it knows nothing of how either was made. A pixel belongs
 * to a shape when its centre lies in it or on its edge.
 */
export function paintSvg(svg: string): Pixels {
  const [, w, h] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const pixels: Pixels = {
    width: Number(w),
    height: Number(h),
    rgb: new Uint8Array(Number(w) * Number(h) * 3),
  };
  const definitions = new Map<string, string>();
  const body = svg.replace(/<defs>(.*?)<\/defs>/s, (_, defs: string) => {
    for (const [, id, inside] of defs.matchAll(/<g id="([^"]+)">(.*?)<\/g>/gs)) definitions.set(id!, inside!);
    return "";
  });
  let shift: readonly [number, number] = [0, 0];
  for (const [tag] of body.matchAll(/<(?:rect|path|use|g)\b[^>]*>/g)) {
    const translate = /^<g [^>]*translate\((\d+) (\d+)\)/.exec(tag);
    if (translate !== null) shift = [Number(translate[1]), Number(translate[2])];
    else if (tag.startsWith("<use")) {
      const id = /href="#([^"]+)"/.exec(tag)?.[1] ?? "";
      const at: [number, number] = [shift[0] + numberOf(tag, "x"), shift[1] + numberOf(tag, "y")];
      for (const [inner] of (definitions.get(id) ?? "").matchAll(/<(?:rect|path)\b[^>]*>/g))
        paintShape(pixels, inner, at);
    } else if (!tag.startsWith("<g")) paintShape(pixels, tag, shift);
  }
  return pixels;
}

type Point = readonly [x: number, y: number];

function numberOf(tag: string, attribute: string): number {
  return Number(new RegExp(` ${attribute}="(-?[\\d.]+)"`).exec(tag)?.[1] ?? 0);
}

function paintShape(pixels: Pixels, tag: string, shift: Point): void {
  const color = /fill="#([0-9a-f]{6})"/.exec(tag)?.[1];
  if (color === undefined) throw new RangeError(`A shape without a colour: ${tag}`);
  const rgb = [0, 2, 4].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  if (tag.startsWith("<rect")) {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => numberOf(tag, name)) as [
      number,
      number,
      number,
      number,
    ];
    const corners: Point[] = [
      [x, y],
      [x + width, y],
      [x + width, y + height],
      [x, y + height],
    ];
    paintPolygon(pixels, corners, shift, rgb);
    return;
  }
  const path = / d="([^"]*)"/.exec(tag)?.[1] ?? "";
  for (const part of path.split("z")) {
    if (part !== "") paintPolygon(pixels, cornersOf(part), shift, rgb);
  }
}

/** Corners of `M x y` followed by relative `h`, `v` and `l`. */
function cornersOf(path: string): readonly Point[] {
  const corners: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, command, text] of path.matchAll(/([Mhvl])([^Mhvl]*)/g)) {
    const [first = 0, second = 0] = text!
      .split(/[ ,]|(?=-)/)
      .filter((word) => word !== "")
      .map(Number);
    if (command === "M") [x, y] = [first, second];
    else if (command === "h") x += first;
    else if (command === "v") y += first;
    else [x, y] = [x + first, y + second];
    corners.push([x, y]);
  }
  return corners;
}

/** Paints a convex polygon. */
function paintPolygon(
  pixels: Pixels,
  corners: readonly Point[],
  [dx, dy]: Point,
  rgb: readonly number[],
): void {
  const xs = corners.map(([x]) => x + dx);
  const ys = corners.map(([, y]) => y + dy);
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y < Math.min(pixels.height, Math.max(...ys)); y++) {
    for (let x = Math.max(0, Math.floor(Math.min(...xs))); x < Math.min(pixels.width, Math.max(...xs)); x++) {
      if (isInside(xs, ys, x + 0.5, y + 0.5)) pixels.rgb.set(rgb, (y * pixels.width + x) * 3);
    }
  }
}

function isInside(xs: readonly number[], ys: readonly number[], x: number, y: number): boolean {
  let [left, right] = [false, false];
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    const cross = (xs[i]! - xs[j]!) * (y - ys[j]!) - (ys[i]! - ys[j]!) * (x - xs[j]!);
    left ||= cross > 0;
    right ||= cross < 0;
  }
  return !(left && right);
}
