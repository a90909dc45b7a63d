import type { Extents, Place } from "./protocol.ts";

/** A step of the cursor: one weight, one block (the next input or filter), or to an end. */
export type Step =
  | { readonly by: "weight" | "block"; readonly right: -1 | 0 | 1; readonly down: -1 | 0 | 1 }
  | { readonly by: "end"; readonly of: "row" | "picture"; readonly at: "first" | "last" };

/** A block by its row and column in the picture, with a weight in it: across runs through the slices. */
interface Spot {
  readonly blockRow: number;
  readonly blockColumn: number;
  readonly row: number;
  readonly across: number;
}

/**
 * Where a step leads in the picture: from weight to weight through slices and blocks, as they lie side by side.
 * The cursor stops at the borders; a last row of wrapped blocks may be shorter, and ends where its blocks end.
 */
export function move(place: Place, step: Step, extents: Extents): Place {
  const spot = spotOf(place, extents);
  const wide = extents.slice * extents.column;
  const rows = Math.ceil((extents.out * extents.in) / extents.blocksAcross);
  switch (step.by) {
    case "weight": {
      const x = clamp(spot.blockColumn * wide + spot.across + step.right, extents.blocksAcross * wide);
      const y = clamp(spot.blockRow * extents.row + spot.row + step.down, rows * extents.row);
      return placeAt(
        {
          blockColumn: Math.floor(x / wide),
          across: x % wide,
          blockRow: Math.floor(y / extents.row),
          row: y % extents.row,
        },
        place,
        extents,
      );
    }
    case "block": {
      const blockColumn = clamp(spot.blockColumn + step.right, extents.blocksAcross);
      const blockRow = clamp(spot.blockRow + step.down, rows);
      return placeAt({ ...spot, blockColumn, blockRow }, place, extents);
    }
    case "end": {
      const first = step.at === "first";
      const last = lastColumn(step.of === "picture" ? rows - 1 : spot.blockRow, extents);
      const blockColumn = first ? 0 : last;
      const across = first ? 0 : wide - 1;
      if (step.of === "row") return placeAt({ ...spot, blockColumn, across }, place, extents);
      const row = first ? 0 : extents.row - 1;
      return placeAt({ blockColumn, across, blockRow: first ? 0 : rows - 1, row }, place, extents);
    }
  }
}

function spotOf(place: Place, extents: Extents): Spot {
  const block = place.out * extents.in + place.in;
  return {
    blockRow: Math.floor(block / extents.blocksAcross),
    blockColumn: block % extents.blocksAcross,
    row: place.row,
    across: place.slice * extents.column + place.column,
  };
}

/** The place at `spot`, or `from` where the picture has no block. */
function placeAt(spot: Spot, from: Place, extents: Extents): Place {
  if (spot.blockColumn > lastColumn(spot.blockRow, extents)) return from;
  const block = spot.blockRow * extents.blocksAcross + spot.blockColumn;
  return {
    out: Math.floor(block / extents.in),
    in: block % extents.in,
    slice: Math.floor(spot.across / extents.column),
    row: spot.row,
    column: spot.across % extents.column,
  };
}

/** The last block of a row of blocks. */
function lastColumn(blockRow: number, extents: Extents): number {
  const left = extents.out * extents.in - blockRow * extents.blocksAcross;
  return Math.min(extents.blocksAcross, left) - 1;
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
