import type { Rgb } from "../tone/theme.ts";

/** What a terminal can show: 24-bit colour, xterm's 256 colours, or characters only. */
export type TerminalDepth = "truecolor" | "256" | "none";

/** Escape that ends every colour. */
const RESET = "\x1b[0m";
/** The six values of each channel in xterm's colour cube (entries 16 … 231). */
const CUBE = [0, 95, 135, 175, 215, 255] as const;

/**
 * Lines of half blocks: each character shows two pixels, one above the other, null being the terminal's own ground.
 * An odd last row gets nothing below it.
 */
export function halfBlocks(
  rows: readonly (readonly (Rgb | null)[])[],
  depth: "truecolor" | "256",
): readonly string[] {
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const upper = rows[y]!;
    const lower = rows[y + 1] ?? [];
    let line = "";
    let style = "";
    for (let x = 0; x < upper.length; x++) {
      const [above, below] = [upper[x] ?? null, lower[x] ?? null];
      const ink = above ?? below;
      const behind = above === null ? null : below;
      const next =
        (ink === null ? "" : color(ink, depth, 38)) + (behind === null ? "" : color(behind, depth, 48));
      if (next !== style) line += (style === "" ? "" : RESET) + next;
      style = next;
      line += ink === null ? " " : above === null ? "▄" : "▀";
    }
    lines.push((style === "" ? line : line + RESET).replace(/ +$/, ""));
  }
  return lines;
}

/** One line of full blocks in these colours. */
export function colorBar(colors: readonly Rgb[], depth: "truecolor" | "256"): string {
  return `${colors.map((entry) => `${color(entry, depth, 38)}█`).join("")}${RESET}`;
}

function color(rgb: Rgb, depth: "truecolor" | "256", ground: 38 | 48): string {
  return depth === "truecolor" ? `\x1b[${ground};2;${rgb.join(";")}m` : `\x1b[${ground};5;${xterm256(rgb)}m`;
}

/** The entry of xterm's palette nearest to a colour: its cube of 6 x 6 x 6, or its 24 grays. */
export function xterm256([red, green, blue]: Rgb): number {
  const nearest = (value: number): number => {
    let best = 0;
    for (let i = 1; i < CUBE.length; i++)
      if (Math.abs(CUBE[i]! - value) < Math.abs(CUBE[best]! - value)) best = i;
    return best;
  };
  const [r, g, b] = [nearest(red), nearest(green), nearest(blue)];
  const gray = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const distance = (x: number, y: number, z: number): number =>
    (x - red) ** 2 + (y - green) ** 2 + (z - blue) ** 2;
  const shade = 8 + 10 * gray;
  return distance(shade, shade, shade) < distance(CUBE[r]!, CUBE[g]!, CUBE[b]!)
    ? 232 + gray
    : 16 + 36 * r + 6 * g + b;
}
