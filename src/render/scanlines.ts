import type { Adler32 } from "./checksums.ts";
import type { Painter } from "./painter.ts";

/** The filtered rows of a PNG, pulled band by band into memory of the puller's choice. */
export interface Scanlines {
  /** Bytes of all rows. */
  readonly total: number;
  /** Bytes of one row with its filter byte: the least that `fill` needs. */
  readonly rowBytes: number;
  /** Writes the next whole rows that fit into `band` and returns their bytes; 0 when there are none left. */
  fill(band: Uint8Array): number;
}

const FILTER_NONE = 0;
const FILTER_SUB = 1;
const FILTER_UP = 2;

/**
 * Paints rows straight behind their filter bytes. A row that repeats the one above is "up" and all zeros, which
 * costs next to nothing to compress; RGB rows of cells wider than a pixel are "sub", so that runs of one colour
 * become zeros; all others stay as they are, for noise does not get smaller by differences.
 */
export function createScanlines(painter: Painter, cell: number, adler: Adler32): Scanlines {
  const stride = painter.width * painter.channels;
  const rowBytes = stride + 1;
  const sub = painter.channels === 3 && cell > 1;
  let y = 0;
  return {
    total: rowBytes * painter.height,
    rowBytes,
    fill(band) {
      let at = 0;
      for (; y < painter.height && at + rowBytes <= band.length; y++, at += rowBytes) {
        if (painter.repeats(y)) {
          band[at] = FILTER_UP;
          band.fill(0, at + 1, at + rowBytes);
          adler.add(band, at, at + 1);
          adler.addZeros(stride);
          continue;
        }
        band[at] = sub ? FILTER_SUB : FILTER_NONE;
        painter.paintRow(y, band, at + 1);
        if (sub) subtractLeft(band, at + 1, at + rowBytes);
        adler.add(band, at, at + rowBytes);
      }
      return at;
    },
  };
}

/** PNG's "sub" filter for RGB, in place: each byte less the one three before it. */
function subtractLeft(band: Uint8Array, from: number, to: number): void {
  for (let i = to - 1; i >= from + 3; i--) band[i] = band[i]! - band[i - 3]!;
}
