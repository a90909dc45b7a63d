/** The colours around the tiles: a dark or a light ground. */
export type ThemeName = "dark" | "light";

/** An opaque colour, each channel 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** What a labelled picture is drawn with; ground and text are neutral, so that a gray picture stays gray. */
export interface Theme {
  /** Between and around the tiles. */
  readonly ground: Rgb;
  /** Title and numbers. */
  readonly text: Rgb;
  /** Captions and axis labels; at least 4.5:1 against the ground. */
  readonly muted: Rgb;
  /** Do not trust this: own scales, NaN, frozen slices; at least 4.5:1 against the ground. */
  readonly caution: Rgb;
  /** Hairlines around the scale bar. */
  readonly line: Rgb;
}

export const THEMES: Record<ThemeName, Theme> = {
  dark: {
    ground: [22, 22, 22],
    text: [236, 236, 236],
    muted: [160, 160, 160],
    caution: [240, 176, 64],
    line: [84, 84, 84],
  },
  light: {
    ground: [255, 255, 255],
    text: [24, 24, 24],
    muted: [100, 100, 100],
    caution: [154, 90, 0],
    line: [176, 176, 176],
  },
};
