import type { GridRequest } from "./grid.ts";
import { type Grid, gridOf } from "./grid.ts";
import type { Labels, Swatch, TextRun, TextTone } from "./labels.ts";
import {
  formatWeight,
  type LegendFacts,
  type LegendLine,
  legendNotes,
  legendSubtitle,
  legendTitle,
  scaleWords,
} from "./legend.ts";
import type { TilePlan } from "./plan.ts";
import { rulersOf } from "./rulers.ts";
import { TEXT_STYLES, type TextStyle, textWidth, wrapText } from "./text-width.ts";

/** Ground around everything. */
const PADDING = 16;
/** Room that title and legend get, however small the tiles are. */
const LEAST_WIDTH = 288;
/** Lines of text longer than this are hard to read. */
const WIDEST_TEXT = 720;
const BAR = { width: 224, height: 12 } as const;
const SWATCH = 11;

/** A picture with everything in its place. */
export interface Placed {
  readonly grid: Grid;
  readonly labels: Labels;
  readonly width: number;
  readonly height: number;
}

/** Places title, rulers, tiles, scale bar and notes, from top to bottom. */
export function placeLabels(plan: TilePlan, request: GridRequest, facts: LegendFacts): Placed {
  const { options } = facts;
  const rulers = rulersOf(plan, gridOf(request), options);
  // The rulers of every band but the first stand in the gap before it.
  const bandGap = rulers.header === 0 ? request.bandGap : Math.max(request.bandGap, rulers.header + 6);
  const loose = gridOf({ ...request, bandGap });
  const width = Math.max(loose.innerWidth + rulers.gutter, LEAST_WIDTH) + 2 * PADDING;
  const page = createPage(width);
  page.paragraph(legendTitle(facts), "title", "text", 3);
  page.paragraph(legendSubtitle(facts), "body", "muted");
  page.skip(10);
  const grid = gridOf({ ...request, bandGap }, PADDING + rulers.gutter, page.y + rulers.header);
  page.skip(rulers.header + grid.innerHeight + 18);
  const scaleBar = options.rgb ? null : placeBar(page, facts);
  page.line(scaleWords(facts));
  for (const note of legendNotes(facts)) page.line(note);
  return {
    grid,
    labels: { runs: [...rulers.place(grid), ...page.runs], swatches: page.swatches, scaleBar },
    width,
    height: page.y + PADDING,
  };
}

/** The bar with the ends of the range under it. */
function placeBar(page: Page, { range, options }: LegendFacts): Labels["scaleBar"] {
  const bar = { x: PADDING, y: page.y, ...BAR };
  const each = options.normalize === "filter" ? "filter" : "slice";
  const [low, high] =
    range === null ? [`${each}'s smallest`, `${each}'s largest`] : [typeset(range.min), typeset(range.max)];
  const y = bar.y + bar.height + 13;
  const run = (text: string, x: number, anchor: TextRun["anchor"]): void => {
    page.runs.push({ text, x, y, style: "label", tone: "text", anchor });
  };
  if (range !== null && !(range.min < range.max)) {
    // A single value: the whole bar means it.
    run(low, bar.x, "start");
  } else {
    run(low, bar.x, "start");
    run(high, bar.x + bar.width, "end");
    const taken = Math.max(textWidth(low, "label"), textWidth(high, "label"));
    const symmetric = range !== null && range.min === -range.max;
    if (symmetric && bar.width / 2 - taken > 12) run("0", bar.x + bar.width / 2, "middle");
  }
  page.skip(bar.height + 22);
  return bar;
}

/** A number as it is set in print, with a true minus. */
function typeset(weight: number): string {
  return formatWeight(weight).replaceAll("-", "−");
}

/** A column of text that grows downwards. */
interface Page {
  readonly runs: TextRun[];
  readonly swatches: Swatch[];
  readonly y: number;
  skip(pixels: number): void;
  paragraph(text: string, style: TextStyle, tone: TextTone, lines?: number): void;
  line(line: LegendLine): void;
}

function createPage(width: number): Page {
  const runs: TextRun[] = [];
  const swatches: Swatch[] = [];
  const room = Math.min(width - 2 * PADDING, WIDEST_TEXT);
  let y = PADDING;
  const paragraph = (text: string, style: TextStyle, tone: TextTone, lines = 8, indent = 0): void => {
    const { line, size } = TEXT_STYLES[style];
    for (const part of wrapText(text, style, room - indent, lines)) {
      const baseline = y + Math.round((line + size * 0.72) / 2);
      runs.push({ text: part, x: PADDING + indent, y: baseline, style, tone, anchor: "start" });
      y += line;
    }
  };
  return {
    runs,
    swatches,
    get y() {
      return y;
    },
    skip(pixels) {
      y += pixels;
    },
    paragraph,
    line({ text, caution, mark }) {
      if (mark !== null)
        swatches.push({ mark, rect: { x: PADDING, y: y + 3, width: SWATCH, height: SWATCH } });
      paragraph(text, "body", caution ? "caution" : "muted", 8, mark === null ? 0 : SWATCH + 7);
    },
  };
}
