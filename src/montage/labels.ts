import type { LegendMark } from "./legend.ts";
import type { Rect } from "./montage.ts";
import type { TextStyle } from "./text-width.ts";

/** Which colour of the theme a text takes. */
export type TextTone = "text" | "muted" | "caution";

/** One line of text; `x` is the start, middle or end of it, `y` its baseline, in pixels. */
export interface TextRun {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly style: TextStyle;
  readonly tone: TextTone;
  readonly anchor: "start" | "middle" | "end";
}

/** A small sample of a mark beside the sentence that explains it. */
export interface Swatch {
  readonly mark: LegendMark;
  readonly rect: Rect;
}

/** Everything around the tiles, with its place; what PNG and SVG both draw. */
export interface Labels {
  readonly runs: readonly TextRun[];
  readonly swatches: readonly Swatch[];
  /** The colormap from level 0 (left) to 255 (right); null for RGB, whose channels have no one map. */
  readonly scaleBar: Rect | null;
}
