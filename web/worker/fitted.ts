import { type Kernel, type Montage, type MontageOptions, montage } from "kernelscope";
import type { Room } from "../protocol.ts";

/** A weight smaller than this is texture, not a weight: a picture that would need it scrolls instead. In CSS pixels. */
const SMALLEST_CELL = 4;
/** A weight larger than this shows nothing more. In CSS pixels. */
const LARGEST_CELL = 40;

/** The montage with the largest cell that fits into `room`. */
export function fitted(kernel: Kernel, options: MontageOptions, room: Room): Montage {
  const least = Math.max(1, Math.round(SMALLEST_CELL * room.scale));
  const most = Math.max(least, Math.round(LARGEST_CELL * room.scale));
  const smallest = montage(kernel, { ...options, cell: least });
  // Gaps grow more slowly than cells, so this starts too large, and each step down costs a small kernel little.
  const growth = Math.min(room.width / smallest.width, room.height / smallest.height);
  for (let cell = Math.min(most, Math.ceil(least * growth) + 1); cell > least; cell -= 1) {
    const picture = montage(kernel, { ...options, cell });
    if (picture.width <= room.width && picture.height <= room.height) return picture;
  }
  return smallest;
}
