import type { DatasetInfo } from "./protocol.ts";

/** Filters that the library has: deflate, shuffle and fletcher32 (a checksum, looked at on every read). */
const FILTERS: ReadonlySet<number> = new Set([1, 2, 3]);
const DEFLATE = 1;

/** Well-known filters by their registered number, for the message. */
const FILTER_NAMES: Readonly<Record<number, string>> = {
  4: "szip",
  5: "nbit",
  6: "scaleoffset",
  305: "lzo",
  307: "bzip2",
  32000: "lzf",
  32001: "blosc",
  32004: "lz4",
  32008: "bitshuffle",
  32013: "zfp",
  32015: "zstd",
  32026: "blosc2",
};

/** How much larger than its compressed form deflate can make anything (measured: 1,028). */
const DEFLATE_RATIO = 1_032;

/** Bytes of one chunk, which is decompressed in one piece. */
const MAX_CHUNK_BYTES = 512 * 1024 ** 2;

/** Bytes that a dataset takes when it is read; not finite or not an integer when its shape is nonsense. */
export function datasetBytes({ shape, type }: DatasetInfo): number {
  return shape.reduce((product, extent) => product * extent, type.size);
}

/**
 * Why a dataset must not be read, as a sentence, or null: values that lie in other files or nowhere, filters
 * that the library lacks, and shapes that ask for more bytes than the file can hold.
 */
export function refusalOf(dataset: DatasetInfo, fileBytes: number): string | null {
  const { storage, filters, shape } = dataset;
  if (storage.kind === "external")
    return "Its values are kept in other files (HDF5 external storage), which are not opened.";
  if (storage.kind === "virtual")
    return "It is put together from other datasets (an HDF5 virtual dataset), which is not supported.";
  if (storage.kind === "unknown") return `It cannot be told where its values lie: ${storage.reason}.`;
  const missing = filters.find(({ id }) => !FILTERS.has(id));
  if (missing !== undefined) {
    const name = FILTER_NAMES[missing.id] ?? (missing.name === "" ? "unknown" : missing.name);
    return `It is compressed by the filter ${name} (HDF5 filter ${missing.id}), which is not supported; deflate, shuffle and fletcher32 are.`;
  }
  const bytes = datasetBytes(dataset);
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    return `Its shape [${shape.join(", ")}] asks for more bytes than can be counted.`;
  return bytes === 0 ? null : sizeRefusal(dataset, bytes, fileBytes);
}

function sizeRefusal(
  { storage, filters, shape, type }: DatasetInfo,
  bytes: number,
  fileBytes: number,
): string | null {
  const asked = `Its shape [${shape.join(", ")}] asks for ${bytes} bytes`;
  if (storage.kind === "contiguous" && storage.offset !== null) {
    if (storage.bytes < bytes) return `${asked}, but ${storage.bytes} are stored.`;
    const end = storage.offset + bytes;
    return end > fileBytes
      ? `Its values should end at byte ${end}, but the file has ${fileBytes} bytes.`
      : null;
  }
  const isDeflated = storage.kind === "chunked" && filters.some(({ id }) => id === DEFLATE);
  const most = isDeflated ? fileBytes * DEFLATE_RATIO : fileBytes;
  if (bytes > most) return `${asked}, more than a file of ${fileBytes} bytes can hold.`;
  if (storage.kind !== "chunked") return null;
  if (storage.chunks.length !== shape.length || storage.chunks.some((extent) => !(extent >= 1))) {
    return `Its chunks [${storage.chunks.join(", ")}] do not fit its shape [${shape.join(", ")}].`;
  }
  const chunkBytes = storage.chunks.reduce((product, extent) => product * extent, type.size);
  if (chunkBytes > most || chunkBytes > MAX_CHUNK_BYTES)
    return `Its chunks take ${chunkBytes} bytes each; ${Math.min(most, MAX_CHUNK_BYTES)} are allowed.`;
  return null;
}
