import type { Budget } from "../../budget.ts";
import { openTable, type Table } from "../../codec/leveldb-table.ts";
import { protoFields, protoText } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { fromBytes } from "../../source/bytes.ts";
import type { Source } from "../../source/source.ts";
import { DTYPES, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { readSlice, type SliceExtent } from "./bundle-entry.ts";
import { checkpointModel } from "./checkpoint-model.ts";
import { byName, withoutSlots } from "./checkpoint-tensors.ts";
import { dtypeNamed } from "./dtypes.ts";
import { fieldsOf } from "./message.ts";
import { sliceKey } from "./ordered-code.ts";
import { readFullShape } from "./shape-proto.ts";
import { joinSlices, type PartitionedTensor } from "./slices.ts";
import { readTensorProto, readValues } from "./tensor-proto.ts";

/** A tensor as the directory of an old checkpoint describes it (`SavedSliceMeta`). */
interface OldEntry extends PartitionedTensor {
  readonly type: number;
}

/**
 * Opens TensorFlow 1's first kind of checkpoint (`SaverDef.V1`): one table, whose empty key holds the directory and
 * whose other keys hold slices of tensors as messages.
 */
export async function openOldCheckpoint(
  source: Source,
  { budget, signal, axisOrder }: OpenContext,
): Promise<Model> {
  const table = await openTable(source, budget, "The checkpoint", signal);
  const first = table.blocks[0];
  const directory = first === undefined ? undefined : (await table.readBlock(first, signal))[0];
  if (directory?.key !== "")
    throw new ReadError("malformed", "The checkpoint should begin with a directory, but does not.");
  const entries = readDirectory(directory.value, budget).sort(byName);
  const all = withoutSlots(entries).map((entry) => ({
    tensor: oldTensor(entry, table, source.name),
    alias: entry.name,
    fullName: entry.name,
  }));
  return checkpointModel(source, all, axisOrder, async () => source.close?.());
}

function readDirectory(bytes: Uint8Array, budget: Budget): OldEntry[] {
  const what = "The checkpoint's directory";
  const entries: OldEntry[] = [];
  const names = new Set<string>();
  for (const field of protoFields(bytes, budget, what)) {
    if (field.number !== 1 || field.wire !== 2) continue;
    const meta = bytes.subarray(field.start, field.end);
    for (const tensor of protoFields(meta, budget, what)) {
      if (tensor.number !== 1 || tensor.wire !== 2) continue;
      const entry = readEntry(meta.subarray(tensor.start, tensor.end), budget);
      if (names.has(entry.name)) {
        throw new ReadError(
          "ambiguous",
          `The checkpoint holds two tensors called ${JSON.stringify(entry.name)}.`,
        );
      }
      names.add(entry.name);
      entries.push(entry);
    }
  }
  return entries;
}

function readEntry(bytes: Uint8Array, budget: Budget): OldEntry {
  let [name, type] = ["", 0];
  let shape: readonly number[] = [];
  const slices: (readonly SliceExtent[])[] = [];
  for (const field of protoFields(bytes, budget, "A tensor of the checkpoint's directory")) {
    const part = bytes.subarray(field.start, field.end);
    if (field.number === 1 && field.wire === 2) name = protoText(bytes, field);
    else if (field.number === 2 && field.wire === 2)
      shape = readFullShape(part, budget, "A tensor of the checkpoint");
    else if (field.number === 3 && field.wire === 0) type = field.value;
    else if (field.number === 4 && field.wire === 2) slices.push(readSlice(part, budget));
  }
  return { name, type, shape, slices };
}

function oldTensor(entry: OldEntry, table: Table, file: string): Tensor {
  const { name, shape, type } = entry;
  const { dtype, unreadable } = dtypeNamed(type);
  return {
    name,
    dtype,
    shape,
    // Every block of the table is under one.
    checksum: "crc32c",
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (!isDType(dtype))
        throw new ReadError("unsupported", unreadable ?? `It is stored as ${dtype}.`, { file });
      return joinSlices(entry, DTYPES[dtype].bits / 8, context, async (slice, extents, own) => {
        const value = await findValue(table, sliceKey(name, slice), own);
        if (value === null) {
          throw new ReadError(
            "malformed",
            `The checkpoint's directory names a slice of ${JSON.stringify(name)} that it does not hold.`,
          );
        }
        return readSliceValues({ name, type, shape: extents }, value, own);
      });
    },
  };
}

/** The value of `key`: the blocks are sorted, so that one of them is read. */
async function findValue(table: Table, key: string, { signal }: ReadContext): Promise<Uint8Array | null> {
  let [low, high] = [0, table.blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.blocks[middle]!.lastKey < key) low = middle + 1;
    else high = middle;
  }
  const block = table.blocks[low];
  if (block === undefined) return null;
  return (await table.readBlock(block, signal)).find((entry) => entry.key === key)?.value ?? null;
}

/** The values in a `SavedTensorSlices` message whose `data` is one slice. */
async function readSliceValues(
  { name, type, shape }: { readonly name: string; readonly type: number; readonly shape: readonly number[] },
  value: Uint8Array,
  context: ReadContext,
): Promise<Uint8Array> {
  const { budget } = context;
  const what = `A slice of ${JSON.stringify(name)}`;
  const bytes = new Uint8Array(value);
  const source = fromBytes(bytes, name);
  const data = fieldsOf(bytes, 0, budget, what).find(({ number, wire }) => number === 2 && wire === 2);
  const inner = data === undefined ? [] : fieldsOf(data.bytes!, data.start, budget, what);
  const message = inner.find(({ number, wire }) => number === 3 && wire === 2);
  if (message === undefined) throw new ReadError("malformed", `${what} should hold values, but does not.`);
  const values = readTensorProto(fieldsOf(message.bytes!, message.start, budget, what), budget, name);
  const { dtype } = dtypeNamed(type);
  if (!isDType(dtype)) throw new ReadError("unsupported", `It is stored as ${dtype}.`);
  return readValues(name, dtype, { ...values, type, shape }, source, context);
}
