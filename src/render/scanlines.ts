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
 * Paints rows behind their filter bytes. Inside the cells of one row of weights each row of pixels is "up" from the
 * one above it, nothing but zeros where it repeats it, which costs next to nothing to compress. Elsewhere RGB rows
 * of cells wider than a pixel are "sub", so that runs of one colour become zeros, and all others stay as they are,
 * for noise does not get smaller by differences.
 */
export function createScanlines(painter: Painter, cell: number, adler: Adler32): Scanlines {
  const stride = painter.width * painter.channels;
  const rowBytes = stride + 1;
  const sub = painter.channels === 3 && cell > 1;
  // The row above as it was painted; single pixels never go on from it.
  const above = new Uint8Array(cell > 1 ? stride : 0);
  let y = 0;
  return {
    total: rowBytes * painter.height,
    rowBytes,
    fill(band) {
      let at = 0;
      // Rows are summed in one go, as far as none repeats.
      let summed = 0;
      for (; y < painter.height && at + rowBytes <= band.length; y++, at += rowBytes) {
        if (painter.repeats(y)) {
          band[at] = FILTER_UP;
          band.fill(0, at + 1, at + rowBytes);
          adler.add(band, summed, at + 1);
          adler.addZeros(stride);
          summed = at + rowBytes;
          continue;
        }
        painter.paintRow(y, band, at + 1);
        const up = cell > 1 && painter.continues(y);
        band[at] = up ? FILTER_UP : sub ? FILTER_SUB : FILTER_NONE;
        if (up) subtractAbove(band, at + 1, above);
        else if (cell > 1) above.set(band.subarray(at + 1, at + rowBytes));
        if (sub && !up) subtractLeft(band, at + 1, at + rowBytes);
      }
      adler.add(band, summed, at);
      return at;
    },
  };
}

/** PNG's "up" filter in place; `above` becomes the row that was there. */
function subtractAbove(band: Uint8Array, from: number, above: Uint8Array): void {
  for (let i = 0; i < above.length; i++) {
    const pixel = band[from + i]!;
    band[from + i] = pixel - above[i]!;
    above[i] = pixel;
  }
}

/** PNG's "sub" filter for RGB, in place: each byte less the one three before it. */
function subtractLeft(band: Uint8Array, from: number, to: number): void {
  for (let i = to - 1; i >= from + 3; i--) band[i] = band[i]! - band[i - 3]!;
}
