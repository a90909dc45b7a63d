import type { ZipEntry } from "../../codec/zip.ts";
import { ReadError } from "../../errors.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { entryStorage } from "../torch/archive.ts";
import { isContiguous, type ReadableView, readView, spanOf } from "../torch/read-view.ts";
import type { Pt2Archive } from "./archive.ts";
import { field, isJsonObject, type JsonObject, listIn } from "./fields.ts";
import { scalarType, sizeOf } from "./scalar-types.ts";

/** Layout of ordinary tensors (`Layout.Strided`), and of what the writer did not know. */
const STRIDED: ReadonlySet<unknown> = new Set([7, 0, undefined]);

/** What becomes of one payload. */
interface Payload {
  readonly name: string;
  readonly entry: ZipEntry;
  readonly meta: unknown;
  readonly pickled: boolean;
}

/**
 * The tensors of a configuration such as `data/weights/model_weights_config.json`; their bytes lie in `folder`.
 *
 * @throws ReadError `malformed` when a tensor does not lie in its bytes.
 */
export function payloadTensors(
  archive: Pt2Archive,
  config: JsonObject,
  folder: string,
  bigEndian: boolean,
): Tensor[] {
  const tensors: Tensor[] = [];
  for (const [name, entry] of Object.entries(config)) {
    const payload = readPayload(archive, name, entry, folder);
    if (payload !== null) tensors.push(payloadTensor(archive, payload, bigEndian));
  }
  return tensors;
}

/** Where a payload lies; null for custom objects, which are no tensors. */
function readPayload(archive: Pt2Archive, name: string, config: unknown, folder: string): Payload | null {
  const path = field(config, "path_name");
  if (typeof path !== "string" || !/^[\w.-]+$/.test(path))
    throw malformed(name, "does not say where it lies");
  if (/^(custom_obj|opaque_obj)/.test(path)) return null;
  const entry = archive.entries.get(folder + path);
  if (entry === undefined)
    throw malformed(name, `should lie in ${JSON.stringify(folder + path)}, which is not there`);
  return { name, entry, meta: field(config, "tensor_meta"), pickled: field(config, "use_pickle") === true };
}

function payloadTensor(
  archive: Pt2Archive,
  { name, entry, meta, pickled }: Payload,
  bigEndian: boolean,
): Tensor {
  const dtype = scalarType(field(meta, "dtype"));
  const shape = wholes(meta, "sizes", name);
  const why =
    pickled || !isJsonObject(meta)
      ? "It is a tensor of a class of its own, pickled in the archive."
      : !isDType(dtype)
        ? `Its dtype is ${dtype}, which Kernelscope does not read.`
        : STRIDED.has(field(meta, "layout"))
          ? null
          : "It is sparse, which Kernelscope does not read.";
  if (why !== null || !isDType(dtype)) {
    const unreadable = why ?? "";
    return {
      name,
      dtype,
      shape,
      unreadable,
      readBytes: () => Promise.reject(new ReadError("unsupported", unreadable)),
    };
  }
  const count = entry.size / byteLengthOf(dtype, 1);
  if (!Number.isInteger(count)) throw malformed(name, `of ${dtype} lies in ${entry.size} bytes`);
  const storage = entryStorage(
    archive.source,
    entry,
    { key: entry.name, dtype, count, view: null },
    bigEndian,
  );
  const offset = sizeOf(field(meta, "storage_offset"));
  const strides = wholes(meta, "strides", name);
  if (offset === null || strides.length !== shape.length)
    throw malformed(name, `has ${shape.length} extents, ${strides.length} strides and the offset ${offset}`);
  const view: ReadableView = { dtype, shape, offset, strides, storage };
  const { start, length } = spanOf(view);
  if (!Number.isSafeInteger(start + length) || start + length > entry.size)
    throw malformed(
      name,
      `ends at byte ${start + length} of ${JSON.stringify(entry.name)}, which has ${entry.size}`,
    );
  // No kernel repeats its values: a stride of 0 makes gigabytes of a few bytes.
  if (byteLengthOf(dtype, countOf(shape)) > entry.size)
    throw malformed(
      name,
      `of ${dtype} [${shape.join(", ")}] needs more than the ${entry.size} bytes of ${JSON.stringify(entry.name)}`,
    );
  const whole = isContiguous(view) && start === 0 && length === entry.size && length > 0;
  return {
    name,
    dtype,
    shape,
    ...(whole && storage.checksum !== undefined ? { checksum: storage.checksum } : {}),
    readBytes: (context) => readView(view, context),
  };
}

/** A list of whole numbers. */
function wholes(meta: unknown, key: string, name: string): readonly number[] {
  const sizes = listIn(meta, key).map(sizeOf);
  if (sizes.some((size) => size === null) || sizes.length > 64)
    throw malformed(name, `has ${key} that are no whole numbers`);
  return sizes as number[];
}

function malformed(name: string, why: string): ReadError {
  return new ReadError("malformed", `The tensor ${JSON.stringify(name)} of the exported program ${why}.`);
}
