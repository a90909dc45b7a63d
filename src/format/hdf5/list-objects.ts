import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { Beyond } from "./beyond.ts";
import { createMetadataReader, type MetadataReader } from "./metadata-reader.ts";
import { type OldFile, type OldObject, readOldFile, readOldObject } from "./old-file.ts";
import type { Hdf5Object } from "./protocol.ts";

/** What a listing needs beside the source. */
export interface ListOptions {
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
  readonly attributes: readonly string[];
  readonly maxObjects: number;
}

/**
 * Lists a file in HDF5's original layout, which is what h5py and Keras write unless told otherwise, without
 * libhdf5: no worker, no WebAssembly (which take 150 ms and 50 MB to start), and headers of one group's members
 * fetched at once. Every loop is bounded, nothing is recursive.
 *
 * Null when the file uses anything else or breaks a rule: then libhdf5 decides what it is.
 *
 * @throws ReadError from the source, and `limit`, `deadline` or `aborted`.
 */
export async function listObjects(
  source: Source,
  options: ListOptions,
): Promise<readonly Hdf5Object[] | null> {
  try {
    return await walk(createMetadataReader(source, options.budget, options.signal), source.size, options);
  } catch (error) {
    // Structures that end early are libhdf5's to judge as well.
    const isOurs = error instanceof ReadError && error.code === "malformed" && error.file === undefined;
    if (error instanceof Beyond || isOurs) return null;
    throw error;
  }
}

/** Objects that are read side by side: their headers fit the cache many times over. */
const TOGETHER = 256;

/** Reads everything, then lists it depth first, each object once. */
async function walk(
  reader: MetadataReader,
  size: number,
  options: ListOptions,
): Promise<readonly Hdf5Object[]> {
  const { budget, maxObjects } = options;
  const file = await reader.complete(() => readOldFile(reader, size));
  const found = await readLevels(file, options);
  const objects: Hdf5Object[] = [];
  const firstPath = new Map<number, string>();
  const pending = [{ path: "/", address: file.root, depth: 0 }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { path, address, depth } = place;
    const { object, links } = found.get(address)!;
    const alias = firstPath.get(address);
    budget.count(1, "HDF5 objects");
    objects.push({ ...object, path, ...(alias === undefined ? {} : { alias }) });
    if (alias !== undefined) continue;
    firstPath.set(address, path);
    if (links.length > 0) budget.enter(depth + 1, "The groups of the file");
    if (objects.length + pending.length + links.length > maxObjects) throw tooMany(maxObjects);
    const prefix = path === "/" ? "/" : `${path}/`;
    for (const link of links.toReversed()) {
      pending.push({ path: prefix + link.name, address: link.address, depth: depth + 1 });
    }
  }
  return objects;
}

/** Every object by its address, read level by level; circles of links end, as an address is read once. */
async function readLevels(
  file: OldFile,
  { budget, attributes, maxObjects }: ListOptions,
): Promise<ReadonlyMap<number, OldObject>> {
  const { reader, superblock } = file;
  const found = new Map<number, OldObject>();
  const seen = new Set([file.root]);
  const read = (address: number): OldObject => {
    const object = readOldObject(file, address, "", attributes);
    reader.want(object.links.map((link) => superblock.base + link.address));
    return object;
  };
  let depth = 0;
  for (let level: readonly number[] = [file.root]; level.length > 0; depth++) {
    budget.enter(depth, "The groups of the file");
    const next: number[] = [];
    for (let at = 0; at < level.length; at += TOGETHER) {
      const addresses = level.slice(at, at + TOGETHER);
      const objects = await reader.completeAll(addresses, read);
      for (const [i, object] of objects.entries()) {
        found.set(addresses[i]!, object);
        for (const { address } of object.links) {
          if (seen.has(address)) continue;
          seen.add(address);
          next.push(address);
        }
      }
      if (seen.size > maxObjects) throw tooMany(maxObjects);
    }
    level = next;
  }
  return found;
}

function tooMany(most: number): ReadError {
  return new ReadError("limit", `The file holds more than ${most} HDF5 objects.`);
}
