import { createCrc32 } from "../../codec/crc32.ts";
import { readPickle } from "../../codec/pickle.ts";
import type { ZipEntry } from "../../codec/zip.ts";
import { assertChecksum, openZipEntry, readZipEntry, type ZipContext } from "../../codec/zip-entry.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { fromBytes } from "../../source/bytes.ts";
import { cached } from "../../source/cached.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { readPieces } from "../stored-tensor.ts";
import { torchModel } from "./model.ts";
import { archiveRoot } from "./recognise.ts";
import {
  type FindStorage,
  readReference,
  type StorageReference,
  storageBytes,
  type TorchStorage,
} from "./storage.ts";

/** A pickle up to this size is read whole, so that its checksum is checked; larger ones hold arrays, which are skipped. */
const WHOLE = 8 * 1024 * 1024;

/** Largest deflated pickle, and largest deflated storage that is inflated for a small part of it: a few megabytes could inflate to gigabytes. */
export const TORCH_INFLATED_MOST = 64 * 1024 * 1024;

/** Bytes read at once for scales, which are a few hundred bytes between kernels. */
const SCALES_BLOCK = 4096;

/** Opens what `torch.save` writes since PyTorch 1.6: a zip of a pickle and one entry a storage. */
export async function open(
  source: Source,
  { probe, budget, axisOrder, signal }: OpenContext,
): Promise<Model> {
  const entries = probe.zip ?? [];
  const names = entries.map(({ name }) => name);
  const folder = archiveRoot(names);
  if (folder === null) throw malformed("The PyTorch file holds no data.pkl.");
  const pickles = names.filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickles.length > 1) {
    throw new ReadError(
      "ambiguous",
      `The PyTorch file holds ${pickles.length} pickles that could be it, such as ${JSON.stringify(pickles[1])}.`,
    );
  }
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const context: ZipContext = { budget, signal };
  // PyTorch writes the pickle and what is small next to each other, in front: from afar, one read is enough.
  const near = cached(source);
  const entry = byName.get(`${folder}data.pkl`)!;
  if (entry.method !== 0 && entry.size > TORCH_INFLATED_MOST) {
    throw new ReadError(
      "limit",
      `The deflated pickle data.pkl has ${entry.size} bytes; the limit is ${TORCH_INFLATED_MOST}. Save the file again without compression.`,
    );
  }
  const pickle =
    entry.method !== 0 || (entry.size <= WHOLE && hasChecksum(entry))
      ? fromBytes(await readZipEntry(near, entry, context), entry.name)
      : await openZipEntry(source, entry, context);
  const { value, end } = await readPickle(pickle, context);
  const bigEndian = await isBigEndian(near, byName.get(`${folder}byteorder`), context);
  if (end !== pickle.size) {
    throw new ReadError(
      "ambiguous",
      `The pickle data.pkl ends at byte ${end}, but its entry goes on to byte ${pickle.size}.`,
    );
  }
  const storagesOf = (from: Source): FindStorage =>
    archiveStorages(from, byName, `${folder}data/`, bigEndian);
  return torchModel({
    source,
    root: value,
    pickle,
    find: storagesOf(source),
    // Scales and zero points of a layer lie next to each other.
    findScales: storagesOf(cached(source, { blockSize: SCALES_BLOCK })),
    axisOrder,
    notes: [],
    budget,
    signal,
  });
}

/** PyTorch writes 0 when it was told not to compute checksums. */
function hasChecksum(entry: ZipEntry): boolean {
  return entry.crc32 !== 0;
}

/** What an archive says about its byte order; little where it says nothing. */
export async function isBigEndian(
  source: Source,
  entry: ZipEntry | undefined,
  context: ZipContext,
): Promise<boolean> {
  if (entry === undefined) return false;
  const word = entry.size > 16 ? "" : new TextDecoder().decode(await readEntry(source, entry, context));
  if (word !== "little" && word !== "big") {
    throw malformed(
      `The PyTorch file's entry byteorder should say little or big, not ${JSON.stringify(word.slice(0, 16))}.`,
    );
  }
  return word === "big";
}

async function readEntry(source: Source, entry: ZipEntry, context: ZipContext): Promise<Uint8Array> {
  if (entry.method !== 0 || hasChecksum(entry)) return readZipEntry(source, entry, context);
  const content = await openZipEntry(source, entry, context);
  return content.read(0, content.size, context.signal);
}

/** The storages of an archive: each an entry `data/KEY`, or whatever `folder` is. */
export function archiveStorages(
  source: Source,
  byName: ReadonlyMap<string, ZipEntry>,
  folder: string,
  bigEndian: boolean,
): FindStorage {
  const known = new Map<string, { readonly storage: TorchStorage; readonly reference: StorageReference }>();
  return (id) => {
    const reference = readReference(id);
    const { key } = reference;
    const before = known.get(key);
    if (before !== undefined) {
      if (before.reference.dtype === reference.dtype && before.reference.count === reference.count)
        return before.storage;
      throw new ReadError(
        "ambiguous",
        `The PyTorch file says two things about its storage ${JSON.stringify(key)}: ${described(before.reference)} and ${described(reference)}.`,
      );
    }
    if (reference.view !== null)
      throw malformed("A storage of the PyTorch file has a view, which zips have not.");
    // A key is a name in the archive and nothing else: with a path it names an entry that is not there.
    const entry = byName.get(`${folder}${key}`);
    const size = storageBytes(reference);
    if (entry === undefined && size > 0)
      throw malformed(
        `The PyTorch file has no storage ${JSON.stringify(key)}, which one of its tensors needs.`,
      );
    if (entry !== undefined && (entry.size < size || (entry.method !== 0 && entry.size !== size))) {
      throw malformed(
        `The storage ${JSON.stringify(key)} should hold ${described(reference)} (${size} bytes), but has ${entry.size} bytes.`,
      );
    }
    const storage =
      entry === undefined ? emptyStorage(reference) : entryStorage(source, entry, reference, bigEndian);
    known.set(key, { storage, reference });
    return storage;
  };
}

/** An entry of raw bytes as a storage; its checksum is verified when all of it is read, unless it is 0. */
export function entryStorage(
  source: Source,
  entry: ZipEntry,
  reference: StorageReference,
  bigEndian: boolean,
): TorchStorage {
  const size = storageBytes(reference);
  const whole = size === entry.size && hasChecksum(entry);
  return {
    key: reference.key,
    dtype: reference.dtype,
    size,
    bigEndian,
    checksum: whole ? "crc32" : undefined,
    async read(offset, length, context) {
      if (entry.method !== 0) {
        if (size > TORCH_INFLATED_MOST && size > 3 * length) {
          throw new ReadError(
            "limit",
            `It is a small part of a deflated storage of ${size} bytes, which would have to be inflated whole; the limit is ${TORCH_INFLATED_MOST} bytes. Save the file again without compression.`,
          );
        }
        const all = await readZipEntry(source, entry, context);
        return offset === 0 && length === all.length ? all : all.slice(offset, offset + length);
      }
      const content = await openZipEntry(source, entry, context);
      const bytes = await readPieces(content, offset, length, context);
      if (whole && offset === 0 && length === size) assertChecksum(entry, createCrc32()(bytes));
      return bytes;
    },
  };
}

function emptyStorage({ key, dtype }: StorageReference): TorchStorage {
  return {
    key,
    dtype,
    size: 0,
    bigEndian: false,
    checksum: undefined,
    read: () => Promise.resolve(new Uint8Array(0)),
  };
}

function described({ dtype, count }: StorageReference): string {
  return `${count} × ${dtype}`;
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
