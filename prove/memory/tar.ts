import type { SparseFile } from "../writers/hdf5.ts";
import { tarHeader } from "../writers/tar.ts";
import { type LargeModel, oneFile } from "./large.ts";

/** A model of any size in a tar archive, at the cost of its headers. */
export function largeTar(name: string, { size, pieces }: SparseFile): LargeModel {
  const moved = pieces.map(({ offset, bytes }) => ({ offset: offset + 512, bytes }));
  const padded = Math.ceil(size / 512) * 512;
  return oneFile("large.tar", {
    size: 512 + padded + 1024,
    pieces: [{ offset: 0, bytes: tarHeader(name, size) }, ...moved],
  });
}
