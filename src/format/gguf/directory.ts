import type { Budget } from "../../budget.ts";
import { type Cursor, createCursor } from "../../codec/cursor.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { assertTensors } from "../tensors-most.ts";
import { BLOCK_TYPES, type BlockType } from "./block-types.ts";

/** One tensor of the directory. */
export interface GgufEntry {
  readonly name: string;
  /** Row-major: the file states the innermost extent first. */
  readonly shape: readonly number[];
  readonly type: BlockType;
  /** Byte of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** What stands in front of the values. */
export interface GgufDirectory {
  readonly bigEndian: boolean;
  readonly entries: readonly GgufEntry[];
  /** Texts of the metadata, by key. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Longest key or tensor's name; llama.cpp allows 64 bytes. */
const GGUF_NAME_MOST = 65_536;
/** Longest text of the metadata that is kept; longer ones (licences, chat templates) are passed over. */
const TEXT_KEPT = 1024;
/** ggml's GGML_MAX_DIMS. */
const GGUF_AXES_MOST = 4;
const DEFAULT_ALIGNMENT = 32;

/** Bytes of a metadata value by its type; 8 is a text, 9 an array. */
const VALUE_SIZES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const TEXT = 8;
const ARRAY = 9;

/**
 * Reads the metadata and the list of tensors (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2
 * and 3, both byte orders).
 *
 * @throws ReadError `unsupported` (version 1), `malformed`, `ambiguous`, `truncated`, `limit`.
 */
export async function readGgufDirectory(
  source: Source,
  head: Uint8Array,
  { budget, signal }: { budget: Budget; signal?: AbortSignal | undefined },
): Promise<GgufDirectory> {
  if (head.length < 24)
    throw new ReadError("truncated", `A GGUF file has at least 24 bytes, this one ${head.length}.`);
  // The version is below 65,536: whichever half is zero tells the byte order.
  const bigEndian = head[4] === 0 && head[5] === 0;
  const cursor = createCursor(source, { littleEndian: !bigEndian, what: "The GGUF header", signal });
  await cursor.need(24);
  cursor.skip(4);
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    throw new ReadError(
      "unsupported",
      `It is GGUF version ${version}; Kernelscope reads versions 2 and 3: convert it again with a current llama.cpp.`,
    );
  }
  const [tensors, pairs] = [cursor.uint64(), cursor.uint64()];
  // A pair takes 13 bytes at least (an empty key, a type, one byte), a tensor 24.
  if (pairs * 13 + tensors * 24 > cursor.left()) {
    throw new ReadError(
      "malformed",
      `The header states ${tensors} tensors and ${pairs} pairs of metadata, more than ${source.size} bytes can hold.`,
    );
  }
  const { texts, alignment } = await readMetadata(cursor, pairs, budget);
  const found = await readTensors(cursor, tensors, budget);
  const start = Math.ceil(cursor.position() / alignment) * alignment;
  const entries = found.map((entry) => ({ ...entry, offset: start + entry.offset }));
  assertApart(entries, alignment, start, source.size);
  return { bigEndian, entries, texts };
}

async function readMetadata(
  cursor: Cursor,
  pairs: number,
  budget: Budget,
): Promise<{ readonly texts: Map<string, string>; readonly alignment: number }> {
  const texts = new Map<string, string>();
  const seen = new Set<string>();
  let alignment = DEFAULT_ALIGNMENT;
  for (let i = 0; i < pairs; i++) {
    budget.count(1, "pairs of metadata");
    const key = await readName(cursor, "A key of the metadata");
    if (seen.has(key)) {
      throw new ReadError("ambiguous", `The metadata hold the key ${JSON.stringify(key)} twice.`);
    }
    seen.add(key);
    await cursor.need(4);
    const type = cursor.uint32();
    if (key === "general.alignment" && type === 4) {
      await cursor.need(4);
      alignment = cursor.uint32();
      if (!(alignment > 0 && Number.isInteger(Math.log2(alignment)))) {
        throw new ReadError("malformed", `The alignment is ${alignment}, which is no power of two.`);
      }
    } else if (type === TEXT) {
      await cursor.need(8);
      const length = cursor.uint64();
      if (length <= TEXT_KEPT) {
        await cursor.need(length);
        texts.set(key, cursor.text(length));
      } else cursor.skip(length);
    } else await skipValue(cursor, type, budget, 0);
  }
  return { texts, alignment };
}

/** Passes over a value; arrays may hold arrays. */
async function skipValue(cursor: Cursor, type: number, budget: Budget, depth: number): Promise<void> {
  if (Object.hasOwn(VALUE_SIZES, type)) return cursor.skip(VALUE_SIZES[type]!);
  if (type === TEXT) {
    await cursor.need(8);
    return cursor.skip(cursor.uint64());
  }
  if (type !== ARRAY) {
    throw new ReadError(
      "malformed",
      `A value of the metadata is of type ${type}, which GGUF does not know.`,
      {
        offset: cursor.position() - 4,
      },
    );
  }
  budget.enter(depth, "Arrays of the metadata");
  await cursor.need(12);
  const inner = cursor.uint32();
  const length = cursor.uint64();
  if (Object.hasOwn(VALUE_SIZES, inner)) return cursor.skip(length * VALUE_SIZES[inner]!);
  for (let i = 0; i < length; i++) {
    budget.count(1, "values of the metadata");
    if (inner === TEXT) {
      const waiting = cursor.need(8);
      if (waiting !== undefined) await waiting;
      cursor.skip(cursor.uint64());
    } else await skipValue(cursor, inner, budget, depth + 1);
  }
}

async function readName(cursor: Cursor, what: string): Promise<string> {
  await cursor.need(8);
  const length = cursor.uint64();
  if (length > GGUF_NAME_MOST) {
    throw new ReadError("limit", `${what} has ${length} bytes; the limit is ${GGUF_NAME_MOST}.`, {
      offset: cursor.position() - 8,
    });
  }
  await cursor.need(length);
  return cursor.text(length);
}

async function readTensors(cursor: Cursor, count: number, budget: Budget): Promise<GgufEntry[]> {
  const entries: GgufEntry[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    budget.count(1, "tensors");
    assertTensors(i + 1);
    const name = await readName(cursor, "The name of a tensor");
    if (names.has(name)) {
      throw new ReadError("ambiguous", `Two tensors are called ${JSON.stringify(name)}.`);
    }
    names.add(name);
    await cursor.need(4);
    const axes = cursor.uint32();
    if (axes > GGUF_AXES_MOST) {
      throw new ReadError(
        "limit",
        `${JSON.stringify(name)} has ${axes} axes; GGUF allows ${GGUF_AXES_MOST}.`,
      );
    }
    await cursor.need(axes * 8 + 12);
    const shape = Array.from({ length: axes }, () => cursor.uint64()).reverse();
    const number = cursor.uint32();
    const type = Object.hasOwn(BLOCK_TYPES, number)
      ? BLOCK_TYPES[number]!
      : { name: `type ${number}`, values: 1, bytes: 0 };
    const total = shape.reduce((product, extent) => product * extent, 1);
    if (!Number.isSafeInteger(total) || (shape.at(-1) ?? 1) % type.values !== 0) {
      throw new ReadError(
        "malformed",
        `${JSON.stringify(name)} has the shape [${shape.join(", ")}], which ${type.name} cannot hold (blocks of ${type.values}).`,
      );
    }
    entries.push({ name, shape, type, offset: cursor.uint64(), length: (total / type.values) * type.bytes });
  }
  return entries;
}

/** Throws unless every tensor is aligned, inside the file, and apart from the others. */
function assertApart(entries: readonly GgufEntry[], alignment: number, start: number, size: number): void {
  let end = 0;
  let before = "";
  for (const { name, offset, length } of entries.toSorted((a, b) => a.offset - b.offset)) {
    if ((offset - start) % alignment !== 0) {
      throw new ReadError("malformed", `${JSON.stringify(name)} is not aligned to ${alignment} bytes.`);
    }
    if (offset + length > size) {
      throw new ReadError(
        "truncated",
        `${JSON.stringify(name)} should end at byte ${offset + length}, but the file has ${size} bytes.`,
      );
    }
    if (length > 0 && offset < end) {
      throw new ReadError(
        "ambiguous",
        `The bytes of ${JSON.stringify(before)} and ${JSON.stringify(name)} overlap.`,
      );
    }
    if (length > 0) [end, before] = [offset + length, name];
  }
}
