import type { Budget } from "../../budget.ts";
import { crc32c, maskCrc32c } from "../../codec/crc32c.ts";
import { openTable, readTable, type TableEntry } from "../../codec/leveldb-table.ts";
import { ReadError } from "../../errors.ts";
import { cached } from "../../source/cached.ts";
import { assertInside, isBareName, type Source } from "../../source/source.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { assertTensors } from "../tensors-most.ts";
import {
  type BundleEntry,
  type BundleHeader,
  readBundleEntry,
  readBundleHeader,
  readStrings,
} from "./bundle-entry.ts";
import { bundleTensor } from "./bundle-tensor.ts";
import { STRING } from "./dtypes.ts";
import { assertObjectGraph } from "./object-graph.ts";
import { sliceKey } from "./ordered-code.ts";

/** A TensorFlow checkpoint of the second kind: an index and its shards. */
export interface Bundle {
  /** Everything but slices, by name, in the order of the index (sorted by name). */
  readonly entries: ReadonlyMap<string, BundleEntry>;
  /** The tensor of an entry. */
  tensor(entry: BundleEntry): Tensor;
  /** The bytes of an entry that is one string, or null when there is none of this name. */
  text(name: string, context: ReadContext): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

/** Shards that one checkpoint may be spread over; their names have five digits. */
export const CHECKPOINT_SHARDS = 99_999;

/** Bytes of an index that is read in one go. */
const READ_WHOLE = 8 * 1024 * 1024;

/**
 * Opens the checkpoint whose index is all of `index`. Its shards are looked for beside it when a tensor is read, by
 * names that follow from the index's own (`variables.data-00000-of-00001`); `shard` is one that is open already. Null when the table is of another kind.
 *
 * @throws ReadError when the index is damaged or contradicts itself.
 */
export async function openBundle(
  index: Source,
  budget: Budget,
  signal: AbortSignal | undefined,
  shard?: Source,
): Promise<Bundle | null> {
  const near = cached(index);
  // All of it is needed: in one read. What is called otherwise may be an older checkpoint, with its tensors inside.
  if (index.size <= READ_WHOLE && index.name.endsWith(".index")) await near.read(0, index.size, signal);
  const table = await openTable(near, budget, "The checkpoint's index", signal);
  const first = table.blocks[0] === undefined ? [] : await table.readBlock(table.blocks[0], signal);
  const header = first[0]?.key === "" ? readBundleHeader(first[0].value, budget) : null;
  if (header === null) {
    // The directory of an older checkpoint, whose tensors follow it in the same table.
    if (first[0]?.key === "") return null;
    throw new ReadError("malformed", "The checkpoint's index should begin with a header, but does not.");
  }
  if (!(header.shards >= 0 && header.shards <= CHECKPOINT_SHARDS)) {
    throw new ReadError(
      "limit",
      `The checkpoint has ${header.shards} shards; the limit is ${CHECKPOINT_SHARDS}.`,
    );
  }
  const all = await readTable(table, first, signal);
  const { entries, slices } = readEntries(all.slice(1), header, budget);
  const shards = openShards(index, header, shard);
  return {
    entries,
    tensor: (entry) =>
      bundleTensor(entry, {
        bigEndian: header.bigEndian,
        shard: shards.open,
        slice: (extents) => slices.get(sliceKey(entry.name, extents)),
      }),
    async text(name, context) {
      const entry = entries.get(name);
      if (entry === undefined || entry.type !== STRING || entry.shape.some((extent) => extent !== 1))
        return null;
      assertObjectGraph(entry.size);
      return readText(await shards.open(entry.shard, context.signal), entry, context);
    },
    close: shards.close,
  };
}

function readEntries(
  all: readonly TableEntry[],
  { shards }: BundleHeader,
  budget: Budget,
): { entries: Map<string, BundleEntry>; slices: Map<string, BundleEntry> } {
  const entries = new Map<string, BundleEntry>();
  const slices = new Map<string, BundleEntry>();
  assertTensors(all.length);
  for (const { key, value } of all) {
    const isSlice = key.startsWith("\u0000");
    const name = isSlice ? "" : textOf(key);
    const entry = readBundleEntry(name, value, budget);
    if (entry.slices.length === 0 && entry.shard >= shards) {
      throw new ReadError(
        "malformed",
        `The checkpoint has ${shards} shards, but ${JSON.stringify(name)} should lie in number ${entry.shard}.`,
      );
    }
    if (isSlice) slices.set(key, entry);
    else if (entries.has(name)) {
      throw new ReadError(
        "ambiguous",
        `The checkpoint's index holds two tensors called ${JSON.stringify(name)}.`,
      );
    } else entries.set(name, entry);
  }
  return { entries, slices };
}

/** A key's UTF-8 text. */
function textOf(key: string): string {
  if (!/[\u0080-\u00ff]/.test(key)) return key;
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
  return new TextDecoder().decode(bytes);
}

/** The shards beside an index, each opened once, when it is first needed. */
function openShards(
  index: Source,
  { shards }: BundleHeader,
  given: Source | undefined,
): { open(shard: number, signal?: AbortSignal): Promise<Source>; close(): Promise<void> } {
  const opened = new Map<number, Promise<Source>>();
  const prefix = bareName(index.name).replace(/\.index$/, "");
  const find = async (shard: number, signal?: AbortSignal): Promise<Source> => {
    const digits = (n: number): string => String(n).padStart(5, "0");
    const name = `${prefix}.data-${digits(shard)}-of-${digits(shards)}`;
    if (given !== undefined && bareName(given.name) === name) return given;
    const source = isBareName(name) ? ((await index.sibling?.(name, signal)) ?? null) : null;
    if (source !== null) return source;
    throw new ReadError(
      "missing-sibling",
      `The checkpoint needs its shard ${JSON.stringify(name)}, which is not beside the index: open the index from a folder (or drop it together with its shards) that holds it.`,
    );
  };
  return {
    open(shard, signal) {
      const known = opened.get(shard);
      if (known !== undefined) return known;
      const source = find(shard, signal);
      opened.set(shard, source);
      source.catch(() => opened.delete(shard));
      return source;
    },
    async close() {
      const found = await Promise.allSettled(opened.values());
      await Promise.all(
        found.map((one) =>
          one.status === "fulfilled" && one.value !== given ? one.value.close?.() : undefined,
        ),
      );
    },
  };
}

function bareName(path: string): string {
  return path.replace(/^.*[/\\]/, "");
}

/** One text of a shard, checked: TensorFlow sums the lengths as 32-bit numbers, then their checksum and the bytes. */
async function readText(
  shard: Source,
  { name, offset, size, crc32c: stored }: BundleEntry,
  { budget, signal }: ReadContext,
): Promise<Uint8Array> {
  assertInside(shard, offset, size, `The text ${JSON.stringify(name)}`);
  budget.take(size, `the text ${JSON.stringify(name)}`);
  const bytes = await shard.read(offset, size, signal);
  const { lengths, dataStart } = readStrings(bytes, 1, budget);
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, lengths[0]!, true);
  const sum = crc32c(bytes.subarray(dataStart - 4), crc32c(new Uint8Array(length.buffer)));
  if (maskCrc32c(sum) !== stored) {
    throw new ReadError(
      "malformed",
      `The text ${JSON.stringify(name)} does not have the checksum that the index states: the file is damaged.`,
    );
  }
  return bytes.subarray(dataStart);
}
