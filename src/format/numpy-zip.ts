import { createCrc32 } from "../codec/crc32.ts";
import type { ZipEntry } from "../codec/zip.ts";
import {
  assertChecksum,
  openZipEntry,
  readZipEntry,
  readZipEntryHead,
  type ZipContext,
} from "../codec/zip-entry.ts";
import { ReadError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { sideBySide } from "../source/side-by-side.ts";
import type { Source } from "../source/source.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OpenContext } from "./format.ts";
import { numpyModel } from "./numpy.ts";
import { numpyTensor } from "./numpy-array.ts";
import { numpyDataStart, readNumpyHeader } from "./numpy-header.ts";
import { readPieces } from "./stored-tensor.ts";

/** Headers read side by side: each lies with its array, far from the others. */
const TOGETHER = 128;

/** Bytes of an entry that hold the header of nearly every array. */
const HEAD = 256;

/** Opens an npz archive: a zip of npy arrays, stored or deflated, each a tensor named like its entry. */
export async function open(
  source: Source,
  { probe, budget, axisOrder, signal }: OpenContext,
): Promise<Model> {
  const entries = probe.zip ?? [];
  const arrays = await sideBySide(
    entries.filter(({ name }) => name.endsWith(".npy")),
    TOGETHER,
    (entry) => arrayOf(source, entry, { budget, signal }),
  );
  const tensors: Tensor[] = arrays.map(({ tensor }) => tensor);
  const notes = new Set(arrays.flatMap(({ note }) => note ?? []));
  const others = entries
    .map(({ name }) => name)
    .filter((name) => !name.endsWith(".npy") && !name.endsWith("/"));
  if (others.length > 0) {
    notes.add(
      `The archive also holds ${others.length} entries that are no arrays, such as ${JSON.stringify(others[0])}.`,
    );
  }
  return numpyModel(source, "npz", tensors, "hints", axisOrder, [...notes]);
}

/** One array of the archive: its header is read now, its values when they are asked for. */
async function arrayOf(
  source: Source,
  entry: ZipEntry,
  context: ZipContext,
): Promise<{ readonly tensor: Tensor; readonly note?: string | undefined }> {
  const name = entry.name.slice(0, -".npy".length);
  try {
    const short = await readZipEntryHead(source, entry, HEAD, context);
    const dataStart = numpyDataStart(short);
    const head =
      dataStart <= short.length ? short : await readZipEntryHead(source, entry, dataStart, context);
    const header = readNumpyHeader(head);
    const tensor = numpyTensor(name, header, entry.size - dataStart, async (length, read) => {
      const exact = dataStart + length === entry.size;
      if (entry.method !== 0 || !exact)
        return (await readZipEntry(source, entry, read)).subarray(dataStart, dataStart + length);
      const content = await openZipEntry(source, entry, read);
      const values = await readPieces(content, dataStart, length, read);
      const crc32 = createCrc32();
      assertChecksum(entry, crc32(values, crc32(await content.read(0, dataStart, read.signal))));
      return values;
    });
    return { tensor: { ...tensor, checksum: "crc32" }, note: header.note };
  } catch (error) {
    if (!(error instanceof ReadError) || error.code !== "unsupported") throw error;
    // One array that cannot be read does not hide the others.
    return {
      tensor: numpyTensor(name, { ...UNKNOWN, unreadable: error.message }, 0, () => Promise.reject(error)),
    };
  }
}

/** What is known of an array whose header cannot be read. */
const UNKNOWN = { dtype: "unknown", shape: [], fortranOrder: false, bigEndian: false, dataStart: 0 } as const;
