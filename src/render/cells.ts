import type { Montage } from "../montage/montage.ts";
import { colormap } from "../tone/colormap.ts";
import {
  ABOVE_CODE,
  BELOW_CODE,
  CODE_COUNT,
  codeOf,
  MINUS_INFINITY_CODE,
  NAN_CODE,
  PLUS_INFINITY_CODE,
  type Scale,
  scaleOf,
} from "../tone/level.ts";
import {
  ABOVE_MARK,
  BELOW_MARK,
  BOTH_MARK,
  CHECKS,
  MINUS_INFINITY_MARK,
  NAN_MARK,
  NO_MARK,
  PLUS_INFINITY_MARK,
} from "./marks.ts";

/** Colour and mark of one weight: red | green << 8 | blue << 16 | mark << 24. */
export type PackedCell = number;

/** A function from the weights' indices to packed cells, for every kind of montage. */
export interface CellColors {
  /** The cell of the weight at `index` of the kernel, in a tile that is toned with range `range`. */
  cellAt(index: number, range: number): PackedCell;
}

/** How `montage`'s weights are coloured. */
export function cellColors(montage: Montage): CellColors {
  const { kernel, ranges, options, grid } = montage;
  const { weights } = kernel;
  const single = weights instanceof Float32Array;
  let scale: Scale = scaleOf({ min: ranges.min[0]!, max: ranges.max[0]! }, single);
  let scaled = 0;
  const scaleAt = (range: number): Scale => {
    if (range !== scaled) {
      scale = scaleOf({ min: ranges.min[range]!, max: ranges.max[range]! }, single);
      scaled = range;
    }
    return scale;
  };
  if (options.rgb) {
    const step = grid.channelStride;
    return {
      cellAt(index, range) {
        const at = scaleAt(range);
        return mergeChannels(
          codeOf(weights[index]!, at),
          codeOf(weights[index + step]!, at),
          codeOf(weights[index + 2 * step]!, at),
        );
      },
    };
  }
  const cells = packedColormap(montage);
  return { cellAt: (index, range) => cells[codeOf(weights[index]!, scaleAt(range))]! };
}

/** The packed cell of every code under the montage's colormap. */
export function packedColormap({ options }: Pick<Montage, "options">): Uint32Array<ArrayBuffer> {
  const table = colormap(options.colormap, options.theme);
  const cells = new Uint32Array(CODE_COUNT);
  for (let level = 0; level < 256; level++) {
    cells[level] = pack(table[3 * level]!, table[3 * level + 1]!, table[3 * level + 2]!, NO_MARK);
  }
  cells[NAN_CODE] = pack(...CHECKS[NAN_MARK]!.first, NAN_MARK);
  cells[PLUS_INFINITY_CODE] = pack(...CHECKS[PLUS_INFINITY_MARK]!.first, PLUS_INFINITY_MARK);
  cells[MINUS_INFINITY_CODE] = pack(...CHECKS[MINUS_INFINITY_MARK]!.first, MINUS_INFINITY_MARK);
  cells[BELOW_CODE] = (cells[0]! | (BELOW_MARK << 24)) >>> 0;
  cells[ABOVE_CODE] = (cells[255]! | (ABOVE_MARK << 24)) >>> 0;
  return cells;
}

/** One RGB cell from the codes of its three channels. NaN in any of them wins over infinity, and that over the rest. */
function mergeChannels(red: number, green: number, blue: number): PackedCell {
  const worst = (code: number): boolean => red === code || green === code || blue === code;
  if (Math.max(red, green, blue) < 256) return pack(red, green, blue, NO_MARK);
  if (worst(NAN_CODE)) return pack(...CHECKS[NAN_MARK]!.first, NAN_MARK);
  if (worst(PLUS_INFINITY_CODE)) return pack(...CHECKS[PLUS_INFINITY_MARK]!.first, PLUS_INFINITY_MARK);
  if (worst(MINUS_INFINITY_CODE)) return pack(...CHECKS[MINUS_INFINITY_MARK]!.first, MINUS_INFINITY_MARK);
  const below = worst(BELOW_CODE);
  const above = worst(ABOVE_CODE);
  return pack(
    endLevel(red),
    endLevel(green),
    endLevel(blue),
    below && above ? BOTH_MARK : below ? BELOW_MARK : ABOVE_MARK,
  );
}

function endLevel(code: number): number {
  return code === BELOW_CODE ? 0 : code === ABOVE_CODE ? 255 : code;
}

function pack(red: number, green: number, blue: number, mark: number): PackedCell {
  return (red | (green << 8) | (blue << 16) | (mark << 24)) >>> 0;
}
