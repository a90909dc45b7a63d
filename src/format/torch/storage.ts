import { isPickleNode, type PickleNode, pickleItems } from "../../codec/pickle-value.ts";
import { ReadError } from "../../errors.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { elementSize, storageDtype } from "./dtypes.ts";

/** The memory behind one or more tensors. */
export interface TorchStorage {
  readonly key: string;
  /** PyTorch's name for what its elements are; `bytes` when its tensors say. */
  readonly dtype: string;
  /** Bytes in all. */
  readonly size: number;
  readonly bigEndian: boolean;
  /** What is verified when all of it is read at once. */
  readonly checksum: Tensor["checksum"];
  /** Exactly these bytes of it. */
  read(offset: number, length: number, context: ReadContext): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a persistent id says about a storage. */
export interface StorageReference {
  readonly key: string;
  readonly dtype: string;
  /** Number of elements. */
  readonly count: number;
  /** Part of the storage (legacy files): first element and number of elements. */
  readonly view: { readonly key: string; readonly offset: number; readonly count: number } | null;
}

/** Gives the storage that a node of the pickle stands for: a persistent id, in PyTorch's own files. */
export type FindStorage = (node: PickleNode) => TorchStorage;

/**
 * Reads `("storage", class, key, location, count[, view])`. Where a tensor lay (`cuda:0`) does not matter here.
 *
 * @throws ReadError `malformed` when it is something else.
 */
export function readReference(node: PickleNode): StorageReference {
  const items = isPickleNode(node, "persistent") ? pickleItems(node.id) : null;
  const [word, type, key, , count, view = null] = items ?? [];
  const dtype = storageDtype(type);
  if (word !== "storage" || (items?.length !== 5 && items?.length !== 6)) throw noStorage("it names none");
  if (dtype === null) {
    const name = isPickleNode(type, "global") ? `${type.module}.${type.name}` : "no class";
    throw noStorage(`its class is ${JSON.stringify(name)}`);
  }
  if (typeof key !== "string" && typeof key !== "number") throw noStorage("its key is no text");
  if (!isCount(count)) throw noStorage("its number of elements is no whole number");
  return { key: String(key), dtype, count, view: readView(view) };
}

function readView(value: unknown): StorageReference["view"] {
  if (value === null) return null;
  const [key, offset, count] = pickleItems(value as never) ?? [];
  if ((typeof key !== "string" && typeof key !== "number") || !isCount(offset) || !isCount(count))
    throw noStorage("the part of it that is meant is not told");
  return { key: String(key), offset, count };
}

/** Bytes of `count` elements of a storage. */
export function storageBytes({ dtype, count }: StorageReference): number {
  return (elementSize(dtype) ?? 1) * count;
}

/** A whole number from 0 that is exact. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function noStorage(why: string): ReadError {
  return new ReadError("malformed", `A tensor of the PyTorch file should refer to a storage, but ${why}.`);
}
