import { crc32 } from "node:zlib";
import type { Piece, SparseFile } from "../writers/hdf5.ts";
import { concat, little, utf8 } from "../writers/weight.ts";
import { zip64Extra } from "../writers/zip.ts";

/** A stored entry that may have holes; its checksum is that of `pieces` when there is one piece and no hole. */
export interface SparseEntry extends SparseFile {
  readonly name: string;
}

/** A zip64 archive of stored entries as pieces: archives of any size at the cost of their headers. */
export function sparseZip(entries: readonly SparseEntry[]): SparseFile {
  const pieces: Piece[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, size, pieces: content } of entries) {
    const whole = content.length === 1 && content[0]!.bytes.length === size;
    const sum = whole ? crc32(content[0]!.bytes) : 0;
    const extra = zip64Extra([size, size]);
    const common = concat([
      little(45, 2),
      little(0, 2 + 2 + 2),
      little(0x21, 2),
      little(sum, 4),
      little(0xffffffff, 4),
      little(0xffffffff, 4),
      little(utf8(name).length, 2),
    ]);
    const local = concat([little(0x04034b50, 4), common, little(extra.length, 2), utf8(name), extra]);
    const central = zip64Extra([size, size, at]);
    directory.push(
      concat([
        little(0x02014b50, 4),
        little(45, 2),
        common,
        little(central.length, 2),
        little(0, 2 + 2 + 2 + 4),
        little(0xffffffff, 4),
        utf8(name),
        central,
      ]),
    );
    pieces.push({ offset: at, bytes: local });
    for (const piece of content)
      pieces.push({ offset: at + local.length + piece.offset, bytes: piece.bytes });
    at += local.length + size;
  }
  const all = concat(directory);
  const end = concat([
    all,
    little(0x06064b50, 4),
    little(44, 8),
    little(45, 2),
    little(45, 2),
    little(0, 8),
    little(entries.length, 8),
    little(entries.length, 8),
    little(all.length, 8),
    little(at, 8),
    little(0x07064b50, 4),
    little(0, 4),
    little(at + all.length, 8),
    little(1, 4),
    little(0x06054b50, 4),
    little(0, 4),
    little(0xffff, 2),
    little(0xffff, 2),
    little(0xffffffff, 4),
    little(0xffffffff, 4),
    little(0, 2),
  ]);
  pieces.push({ offset: at, bytes: end });
  return { size: at + end.length, pieces };
}
