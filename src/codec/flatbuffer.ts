import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";

/** How scalars of a flatbuffer are stored. */
export type FlatScalar =
  | "bool"
  | "int8"
  | "uint8"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32";

/** One table: its inline bytes, read once; fields are numbered in the schema's order, from 0. */
export interface FlatTable {
  /** Byte of the table in the file. */
  readonly at: number;
  /** A scalar field, or `otherwise` when the writer left it out. */
  scalar(field: number, kind: FlatScalar, otherwise: number): number;
  /** The byte that an offset field points at; null when the field is left out. */
  target(field: number): number | null;
}

/** A flatbuffer in a source, of which only the blocks around what is asked for are read. */
export interface Flatbuffer {
  root(): Promise<FlatTable>;
  table(at: number): Promise<FlatTable>;
  /** The table in a field; null when it is left out. */
  child(table: FlatTable, field: number): Promise<FlatTable | null>;
  /** Where the tables of a vector of tables lie, in order; empty when the field is left out. */
  tables(table: FlatTable, field: number): Promise<number[]>;
  /** Where the elements of a vector lie, and how many there are; null when the field is left out. */
  vector(table: FlatTable, field: number, elementSize: number): Promise<FlatVector | null>;
  /** The numbers of a vector of scalars; null when the field is left out. */
  numbers(table: FlatTable, field: number, kind: FlatScalar): Promise<number[] | null>;
  /** Bytes of the file, for what a schema keeps as bytes. */
  bytes(at: number, length: number): Promise<DataView>;
  /** A string; null when the field is left out. What is no UTF-8 is replaced, as names are only shown. */
  text(table: FlatTable, field: number): Promise<string | null>;
}

/** Elements of a vector, side by side. */
export interface FlatVector {
  readonly start: number;
  readonly length: number;
}

const SIZES = {
  bool: 1,
  int8: 1,
  uint8: 1,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
} as const satisfies Record<FlatScalar, number>;

/** Bytes read and kept together: tables stand close to each other, but often between large values. */
const BLOCK = 16 * 1024;
/** Blocks that are kept. */
const BLOCKS_MOST = 1024;

/** Tables in all vectors of tables of one file; models of today have some ten thousand. */
export const FLAT_TABLES_MOST = 65_536;

/** Longest string that is read: names of fused layers join a few hundred others. */
const TEXT_MOST = 1024 * 1024;

/**
 * Reads the flatbuffer that is all of `source`, bounds checked, by the rules of
 * https://flatbuffers.dev/internals: a table begins with the distance back to its vtable, which says where in the
 * table each field stands; tables, vectors and strings are reached by offsets from the field that holds them.
 *
 * @throws ReadError (from its functions) `truncated` or `malformed`, or what the budget and the source say.
 */
export function createFlatbuffer(
  source: Source,
  budget: Budget,
  what: string,
  signal?: AbortSignal,
): Flatbuffer {
  let listed = 0;

  /** Blocks that were read, so that most of what is asked for needs no waiting. */
  const blocks = new Map<number, DataView>();

  const fetch = async (at: number, length: number): Promise<DataView> => {
    if (!(at >= 0 && at + length <= source.size)) {
      throw new ReadError(
        "truncated",
        `${what} should hold ${length} bytes at byte ${at}, but the file has ${source.size}.`,
        { offset: Math.max(0, at) },
      );
    }
    const block = Math.floor(at / BLOCK);
    const start = block * BLOCK;
    if (at + length > start + BLOCK) return viewOf(await source.read(at, length, signal));
    const bytes = await source.read(start, Math.min(BLOCK, source.size - start), signal);
    if (blocks.size >= BLOCKS_MOST) blocks.clear();
    const view = viewOf(bytes);
    blocks.set(block, view);
    return new DataView(view.buffer, view.byteOffset + at - start, length);
  };

  /** The bytes where they are at hand, a promise of them where not. */
  const read = (at: number, length: number): DataView | Promise<DataView> => {
    const block = Math.floor(at / BLOCK);
    const view = blocks.get(block);
    const from = at - block * BLOCK;
    if (view === undefined || from + length > view.byteLength) return fetch(at, length);
    return new DataView(view.buffer, view.byteOffset + from, length);
  };

  const load = async (at: number): Promise<FlatTable> => {
    const vtable = at - (await read(at, 4)).getInt32(0, true);
    const sizes = await read(vtable, 4);
    const [vtableSize, tableSize] = [sizes.getUint16(0, true), sizes.getUint16(2, true)];
    if (vtableSize < 4 || vtableSize % 2 !== 0 || tableSize < 4) {
      throw new ReadError("malformed", `${what} has no table at byte ${at}, though one should be there.`, {
        offset: at,
      });
    }
    const [fields, inline] = [await read(vtable, vtableSize), await read(at, tableSize)];
    const placeOf = (field: number, size: number): number => {
      const slot = 4 + field * 2;
      const place = slot + 2 <= vtableSize ? fields.getUint16(slot, true) : 0;
      if (place !== 0 && (place < 4 || place + size > tableSize)) {
        throw new ReadError("malformed", `Field ${field} of a table of ${what} lies outside the table.`, {
          offset: at,
        });
      }
      return place;
    };
    return {
      at,
      scalar(field, kind, otherwise) {
        const place = placeOf(field, SIZES[kind]);
        return place === 0 ? otherwise : scalarAt(inline, place, kind);
      },
      target(field) {
        const place = placeOf(field, 4);
        return place === 0 ? null : at + place + inline.getUint32(place, true);
      },
    };
  };

  const table = (at: number): Promise<FlatTable> => {
    budget.count(1, `tables in ${what}`);
    return load(at);
  };

  const vector: Flatbuffer["vector"] = async (holder, field, elementSize) => {
    const at = holder.target(field);
    if (at === null) return null;
    const length = (await read(at, 4)).getUint32(0, true);
    const start = at + 4;
    if (start + length * elementSize > source.size) {
      throw new ReadError(
        "truncated",
        `A list of ${what} should hold ${length} elements of ${elementSize} bytes at byte ${start}, but the file has ${source.size} bytes.`,
        { offset: at },
      );
    }
    return { start, length };
  };

  const numbers: Flatbuffer["numbers"] = async (holder, field, kind) => {
    const size = SIZES[kind];
    const found = await vector(holder, field, size);
    if (found === null) return null;
    budget.count(found.length, `numbers in ${what}`);
    const view = await read(found.start, found.length * size);
    return Array.from({ length: found.length }, (_, i) => scalarAt(view, i * size, kind));
  };

  return {
    table,
    bytes: async (at, length) => read(at, length),
    vector,
    numbers,
    root: async () => table((await read(0, 4)).getUint32(0, true)),
    async child(holder, field) {
      const at = holder.target(field);
      return at === null ? null : table(at);
    },
    async tables(holder, field) {
      const found = await vector(holder, field, 4);
      if (found === null) return [];
      listed += found.length;
      if (listed > FLAT_TABLES_MOST) {
        throw new ReadError("limit", `${what} lists ${listed} tables; the limit is ${FLAT_TABLES_MOST}.`);
      }
      const view = await read(found.start, found.length * 4);
      return Array.from(
        { length: found.length },
        (_, i) => found.start + i * 4 + view.getUint32(i * 4, true),
      );
    },
    async text(holder, field) {
      const found = await vector(holder, field, 1);
      if (found === null) return null;
      if (found.length > TEXT_MOST) {
        throw new ReadError(
          "limit",
          `${what} holds a text of ${found.length} bytes; the limit is ${TEXT_MOST}.`,
        );
      }
      return new TextDecoder().decode(await read(found.start, found.length));
    },
  };
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** 64-bit numbers are exact to 2^53. */
function scalarAt(view: DataView, at: number, kind: FlatScalar): number {
  switch (kind) {
    case "bool":
    case "uint8":
      return view.getUint8(at);
    case "int8":
      return view.getInt8(at);
    case "uint16":
      return view.getUint16(at, true);
    case "int32":
      return view.getInt32(at, true);
    case "uint32":
      return view.getUint32(at, true);
    case "int64":
      return Number(view.getBigInt64(at, true));
    case "uint64":
      return Number(view.getBigUint64(at, true));
    case "float32":
      return view.getFloat32(at, true);
  }
}
