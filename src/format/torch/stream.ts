import type { Budget } from "../../budget.ts";
import { type Pickle, readPickle } from "../../codec/pickle.ts";
import { isPickleNode, type PickleValue, pickleItems } from "../../codec/pickle-value.ts";
import { pickleNodes } from "../../codec/pickle-walk.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { cached } from "../../source/cached.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { readPieces } from "../stored-tensor.ts";
import { elementSize } from "./dtypes.ts";
import { torchModel } from "./model.ts";
import {
  type FindStorage,
  readReference,
  type StorageReference,
  storageBytes,
  type TorchStorage,
} from "./storage.ts";

/** torch/serialization.py: MAGIC_NUMBER and PROTOCOL_VERSION. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** Bytes read at once of what precedes the storages. */
const PICKLES_BLOCK = 16 * 1024;

/**
 * Opens what `torch.save` wrote before PyTorch 1.6 (and writes when told to): pickles of a magic number, a version,
 * facts about the machine, the object and the keys of its storages; then each storage, its number of elements before
 * it. Storages are little-endian whatever the machine.
 */
export async function open(source: Source, { budget, axisOrder, signal }: OpenContext): Promise<Model> {
  const { root, find } = await readStream(source, budget, signal);
  return torchModel({ source, root, pickle: source, find, axisOrder, notes: [], budget, signal });
}

/** The object of a stream, and its storages. */
export async function readStream(
  source: Source,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<{ readonly root: PickleValue; readonly find: FindStorage }> {
  // Five pickles stand one after the other, most of them tiny.
  const near = cached(source, { blockSize: PICKLES_BLOCK });
  let at = 0;
  const next = async (): Promise<PickleValue> => {
    const pickle: Pickle = await readPickle(near, { budget, signal, offset: at });
    at = pickle.end;
    return pickle.value;
  };
  if ((await next()) !== MAGIC) throw malformed("The file does not begin with PyTorch's magic number.");
  const version = await next();
  if (version !== VERSION)
    throw new ReadError(
      "unsupported",
      `The PyTorch file has version ${String(version)}; ${VERSION} is known.`,
    );
  await next();
  const root = await next();
  const keys = pickleItems(await next());
  if (keys === null) throw malformed("The PyTorch file should list the keys of its storages.");
  return { root, find: streamStorages(source, at, keys, referencesIn(root, budget), budget) };
}

/** What the object says about each of its storages; the first word counts, as in PyTorch. */
function referencesIn(root: PickleValue, budget: Budget): Map<string, StorageReference> {
  const references = new Map<string, StorageReference>();
  for (const node of pickleNodes(root, budget)) {
    if (!isPickleNode(node, "persistent") || pickleItems(node.id)?.[0] === "module") continue;
    const reference = readReference(node);
    const before = references.get(reference.key);
    if (before === undefined) references.set(reference.key, reference);
    else if (before.dtype !== reference.dtype || before.count !== reference.count) {
      throw new ReadError(
        "ambiguous",
        `The PyTorch file says two things about its storage ${JSON.stringify(reference.key)}.`,
      );
    }
  }
  return references;
}

/** Where each storage lies follows from what the tensors say of them; what the storage says is compared when it is read. */
function streamStorages(
  source: Source,
  start: number,
  keys: readonly PickleValue[],
  references: ReadonlyMap<string, StorageReference>,
  budget: Budget,
): FindStorage {
  const storages = new Map<string, TorchStorage>();
  let at = start;
  for (const item of keys) {
    budget.count(1, "storages");
    const key = String(item);
    const quoted = JSON.stringify(key.slice(0, 80));
    const reference = references.get(key);
    if (reference === undefined || storages.has(key))
      throw malformed(
        `The PyTorch file lists the storage ${quoted}, which none of its tensors needs, or lists it twice.`,
      );
    const size = storageBytes(reference);
    const end = at + 8 + size;
    if (end > source.size) {
      throw new ReadError(
        "truncated",
        `The storage ${quoted} should end at byte ${end}, but the file has ${source.size} bytes.`,
        { offset: at },
      );
    }
    storages.set(key, storageAt(source, at + 8, reference));
    at = end;
  }
  if (at !== source.size)
    throw new ReadError(
      "malformed",
      `The storages end at byte ${at}, but the file goes on to byte ${source.size}.`,
      { offset: at },
    );
  return (id) => {
    const reference = readReference(id);
    const storage = storages.get(reference.key);
    if (storage === undefined)
      throw malformed(
        `The PyTorch file has no storage ${JSON.stringify(reference.key)}, which one of its tensors needs.`,
      );
    return reference.view === null ? storage : partOf(storage, reference.view);
  };
}

function storageAt(source: Source, start: number, reference: StorageReference): TorchStorage {
  return {
    key: reference.key,
    dtype: reference.dtype,
    size: storageBytes(reference),
    bigEndian: false,
    checksum: undefined,
    async read(offset, length, context) {
      const counted = await source.read(start - 8, 8, context.signal);
      const count = new DataView(counted.buffer, counted.byteOffset).getBigInt64(0, true);
      if (count !== BigInt(reference.count)) {
        throw new ReadError(
          "malformed",
          `The storage ${JSON.stringify(reference.key)} should have ${reference.count} elements, but is said to have ${count}.`,
          { offset: start - 8 },
        );
      }
      return readPieces(source, start + offset, length, context);
    },
  };
}

/** Files of the first versions had storages that are parts of others. */
function partOf(storage: TorchStorage, view: NonNullable<StorageReference["view"]>): TorchStorage {
  const size = elementSize(storage.dtype) ?? 1;
  if ((view.offset + view.count) * size > storage.size)
    throw malformed(`A part of the storage ${JSON.stringify(storage.key)} lies outside it.`);
  return {
    ...storage,
    key: view.key,
    size: view.count * size,
    read: (offset, length, context) => storage.read(view.offset * size + offset, length, context),
  };
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
