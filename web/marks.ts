import type { Ruler } from "./protocol.ts";

/** The pixel at which mark `index` begins. */
export function markStart(ruler: Ruler, index: number): number {
  return ruler.start + index * ruler.pitch + Math.floor(index / ruler.band) * ruler.bandGap;
}

/**
 * The marks to write on a ruler between two pixels: every 1st, 2nd, 5th, 10th, … so that neighbours stand at
 * least `room` pixels apart, and always the active one, which pushes aside those that it would touch.
 */
export function marks(
  ruler: Ruler,
  from: number,
  to: number,
  room: number,
  active: number | null,
): readonly number[] {
  const step = niceStep(room / Math.max(1, ruler.pitch));
  const last = lastBefore(ruler, to);
  const first = Math.max(0, lastBefore(ruler, from));
  const shown: number[] = [];
  for (let index = Math.ceil(first / step) * step; index <= last; index += step) {
    const touches = active !== null && active !== index && Math.abs(active - index) * ruler.pitch < room;
    if (!touches) shown.push(index);
  }
  if (active !== null && active >= first && active <= last && !shown.includes(active)) shown.push(active);
  return shown;
}

/** The last mark that begins before pixel `end`; -1 when none does. */
function lastBefore(ruler: Ruler, end: number): number {
  const bandPitch = ruler.band * ruler.pitch + ruler.bandGap;
  const past = end - ruler.start;
  const band = Math.floor(past / bandPitch);
  const inBand = Math.min(ruler.band, Math.ceil((past - band * bandPitch) / ruler.pitch));
  return Math.min(ruler.count, band * ruler.band + inBand) - 1;
}

function niceStep(least: number): number {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) if (digit * power >= least) return digit * power;
  }
}
