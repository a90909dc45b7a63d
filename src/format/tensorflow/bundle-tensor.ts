import { maskedCrc32c } from "../../codec/crc32c.ts";
import { ReadError } from "../../errors.ts";
import { assertInside, type Source } from "../../source/source.ts";
import { aligned, swapped } from "../../tensor/bytes.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { readPieces } from "../stored-tensor.ts";
import type { BundleEntry, SliceExtent } from "./bundle-entry.ts";
import { dtypeNamed } from "./dtypes.ts";
import { joinSlices } from "./slices.ts";

/** Where the bytes of entries are. */
export interface BundlePlace {
  readonly bigEndian: boolean;
  shard(shard: number, signal?: AbortSignal): Promise<Source>;
  /** The entry of one slice; undefined when the index does not hold it. */
  slice(extents: readonly SliceExtent[]): BundleEntry | undefined;
}

/**
 * An entry of a checkpoint as a tensor. Its CRC-32C is verified when it is read; the slices of a partitioned one are
 * put together.
 *
 * @throws ReadError `malformed` when the stored size is not the shape's.
 */
export function bundleTensor(entry: BundleEntry, place: BundlePlace): Tensor {
  const { name, shape, slices } = entry;
  const { dtype, unreadable } = dtypeNamed(entry.type);
  if (slices.length === 0 && isDType(dtype)) assertSize(entry, byteLengthOf(dtype, countOf(shape)));
  return {
    name,
    dtype,
    shape,
    checksum: "crc32c",
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (!isDType(dtype)) throw new ReadError("unsupported", unreadable ?? `It is stored as ${dtype}.`);
      const size = DTYPES[dtype].bits / 8;
      const word = DTYPES[dtype].kind === "complex" ? size / 2 : size;
      const bytes =
        slices.length === 0
          ? await readChecked(entry, place, context)
          : await joinSlices(entry, size, context, (slice, extents, own) => {
              const part = place.slice(slice);
              if (part === undefined || part.type !== entry.type) {
                throw new ReadError(
                  "malformed",
                  `The index names a slice of ${JSON.stringify(name)} that it does not hold.`,
                );
              }
              const named = { ...part, name, shape: extents };
              assertSize(named, countOf(extents) * size);
              return readChecked(named, place, own);
            });
      return place.bigEndian && word > 1 ? swapped(bytes, word) : aligned(bytes, Math.min(8, size));
    },
  };
}

function assertSize({ name, shape, size }: BundleEntry, expected: number): void {
  if (size === expected) return;
  throw new ReadError(
    "malformed",
    `${JSON.stringify(name)} of shape [${shape.join(", ")}] should have ${expected} bytes, but the index states ${size}.`,
  );
}

/** The stored bytes of an entry, held against its checksum. */
async function readChecked(
  { name, shard, offset, size, crc32c }: BundleEntry,
  place: BundlePlace,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const source = await place.shard(shard, context.signal);
  assertInside(source, offset, size, `The tensor ${JSON.stringify(name)}`);
  const bytes = await readPieces(source, offset, size, context);
  const found = maskedCrc32c(bytes);
  if (found !== crc32c) {
    throw new ReadError(
      "malformed",
      `${JSON.stringify(name)} should have the CRC-32C ${hex(crc32c)}, but has ${hex(found)}: the shard is damaged.`,
      { file: source.name, offset },
    );
  }
  return bytes;
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
