import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { Beyond } from "./beyond.ts";
import { createMetadataReader, type MetadataReader } from "./metadata-reader.ts";
import { readOldFile, readOldObject } from "./old-file.ts";
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

async function walk(
  reader: MetadataReader,
  size: number,
  options: ListOptions,
): Promise<readonly Hdf5Object[]> {
  const { budget, attributes, maxObjects } = options;
  const file = await reader.complete(() => readOldFile(reader, size));
  const objects: Hdf5Object[] = [];
  const firstPath = new Map<number, string>();
  const pending = [{ path: "/", address: file.root, depth: 0 }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { path, address, depth } = place;
    const { object, links } = await reader.complete(() => {
      const found = readOldObject(file, address, path, attributes);
      reader.want(found.links.map((link) => file.superblock.base + link.address));
      return found;
    });
    const alias = firstPath.get(address);
    budget.count(1, "HDF5 objects");
    objects.push(alias === undefined ? object : { ...object, alias });
    if (alias !== undefined) continue;
    firstPath.set(address, path);
    if (links.length > 0) budget.enter(depth + 1, "The groups of the file");
    if (objects.length + pending.length + links.length > maxObjects) {
      throw new ReadError("limit", `The file holds more than ${maxObjects} HDF5 objects.`);
    }
    const prefix = path === "/" ? "/" : `${path}/`;
    for (const link of links.toReversed()) {
      pending.push({ path: prefix + link.name, address: link.address, depth: depth + 1 });
    }
  }
  return objects;
}
