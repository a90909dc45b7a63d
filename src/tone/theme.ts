/** The colours around the tiles: a dark or a light ground. */
export type ThemeName = "dark" | "light";

/** An opaque colour, each channel 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * What a labelled picture is drawn with. Ground and text are neutral, so that a gray picture stays gray; the ground
 * is neither black nor white, so that tiles of either can be told from it.
 */
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
    ground: [27, 27, 27],
    text: [236, 236, 236],
    muted: [164, 164, 164],
    caution: [240, 176, 64],
    line: [84, 84, 84],
  },
  light: {
    ground: [232, 232, 232],
    text: [20, 20, 20],
    muted: [88, 88, 88],
    caution: [140, 76, 0],
    line: [150, 150, 150],
  },
};
