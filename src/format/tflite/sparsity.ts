import type { Flatbuffer, FlatTable } from "../../codec/flatbuffer.ts";
import { ReadError } from "../../errors.ts";
import type { SparseLevel, Sparsity } from "./densify.ts";
import { FIELDS } from "./schema.ts";

/** The sparsity parameters of a tensor's table; null for a dense tensor. */
export async function readSparsity(file: Flatbuffer, tensor: FlatTable): Promise<Sparsity | null> {
  const table = await file.child(tensor, FIELDS.tensor.sparsity);
  if (table === null) return null;
  const fields = FIELDS.sparsity;
  const levels: SparseLevel[] = [];
  for (const at of await file.tables(table, fields.dimensions)) {
    levels.push(await readLevel(file, await file.table(at)));
  }
  return {
    traversalOrder: (await file.numbers(table, fields.traversalOrder, "int32")) ?? [],
    blockMap: (await file.numbers(table, fields.blockMap, "int32")) ?? [],
    levels,
  };
}

async function readLevel(file: Flatbuffer, table: FlatTable): Promise<SparseLevel> {
  const fields = FIELDS.dimension;
  const dense = table.scalar(fields.denseSize, "int32", 0);
  if (table.scalar(fields.format, "int8", 0) === 0) return { dense, segments: null, indices: null };
  return {
    dense,
    segments: await readIndices(file, table, fields.segmentsType, fields.segments),
    indices: await readIndices(file, table, fields.indicesType, fields.indices),
  };
}

/** A union: a table with one vector of 32-bit (1), 16-bit (2) or 8-bit (3) numbers. */
async function readIndices(
  file: Flatbuffer,
  table: FlatTable,
  typeField: number,
  field: number,
): Promise<number[]> {
  const type = table.scalar(typeField, "uint8", 0);
  const holder = await file.child(table, field);
  const kind = ({ 1: "int32", 2: "uint16", 3: "uint8" } as const)[type];
  if (holder === null || kind === undefined) {
    throw new ReadError("malformed", "A sparse tensor has a compressed level without indices.", {
      offset: table.at,
    });
  }
  return (await file.numbers(holder, 0, kind)) ?? [];
}
