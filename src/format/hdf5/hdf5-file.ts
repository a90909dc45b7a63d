import type { Budget } from "../../budget.ts";
import { inFile, ReadError } from "../../errors.ts";
import type { Spawn } from "../../port.ts";
import type { Source } from "../../source/source.ts";
import { aligned, swapped } from "../../tensor/bytes.ts";
import { DTYPES, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { readPieces } from "../stored-tensor.ts";
import { boxesOf, placeBox } from "./boxes.ts";
import { connectHdf5, type Hdf5Connection, WORKER_LIMITS, type WorkerLimits } from "./connection.ts";
import { elementDType } from "./element-dtype.ts";
import { listObjects } from "./list-objects.ts";
import type { DatasetInfo, Hdf5Object } from "./protocol.ts";
import { datasetBytes, refusalOf } from "./readable.ts";

/** Objects that are listed: each costs up to 0.4 ms, real models have a few thousand. */
const MAX_OBJECTS = 20_000;

/** The filter that keeps a checksum of every chunk. */
const FLETCHER32 = 3;

/** Bytes of one box: enough to be fast, few enough for the worker's heap. */
const BOX_BYTES = 8 * 1024 ** 2;

/** An HDF5 file whose objects are listed and whose datasets can be read. */
export interface Hdf5File {
  /** Every object, depth first, children in the order in which they were made where the file keeps it. */
  readonly objects: readonly Hdf5Object[];
  /** An object by its absolute path; undefined when there is none. */
  object(path: string): Hdf5Object | undefined;
  /**
   * A dataset as a tensor called `name`. `stated` is the dtype of elements that HDF5 knows as opaque bytes, where
   * the file says it elsewhere than in the dataset's own attribute `dtype`.
   */
  tensor(object: Hdf5Object, name: string, stated?: string): Tensor;
  /** Stops the worker. The source stays open. */
  close(): void;
}

/** What `openHdf5` needs beside the source. */
export interface Hdf5Options {
  readonly budget: Budget;
  readonly spawn?: Spawn | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Names of the attributes to read; a trailing `*` means any ending. */
  readonly attributes: readonly string[];
  readonly limits?: WorkerLimits | undefined;
}

/**
 * Opens an HDF5 file and lists what is in it; no values are read.
 *
 * @throws ReadError `malformed`, `truncated`, `limit`, `deadline`, `aborted`, `unsupported` or what the source says.
 */
export async function openHdf5(source: Source, options: Hdf5Options): Promise<Hdf5File> {
  const { budget, signal, attributes } = options;
  const connection = connectHdf5(source, options.spawn, options.limits ?? WORKER_LIMITS);
  let objects: readonly Hdf5Object[];
  try {
    objects =
      (await listObjects(source, { budget, signal, attributes, maxObjects: MAX_OBJECTS })) ??
      (await listByLibrary(connection, options));
  } catch (error) {
    connection.stop();
    throw inFile(error, source.name);
  }
  // Contiguous values are read from the source directly, so that most files need no worker any more: libhdf5
  // holds 50 MB. After an error inside the library it is not trusted for another read.
  const needsWorker = objects.some(({ dataset }) => dataset !== undefined && !isDirect(dataset));
  if (!needsWorker || objects.some(({ kind }) => kind === "unreadable")) connection.stop();
  const byPath = new Map(objects.map((object) => [object.path, object]));
  return {
    objects,
    object: (path) => byPath.get(path),
    tensor: (object, name, stated) => datasetTensor(source, connection, object, name, stated),
    close: () => connection.stop(),
  };
}

/** Lists a file through libhdf5. */
async function listByLibrary(
  connection: Hdf5Connection,
  { budget, signal, attributes }: Hdf5Options,
): Promise<readonly Hdf5Object[]> {
  const objects: Hdf5Object[] = [];
  const job = { kind: "walk", attributes, maxObjects: MAX_OBJECTS, maxDepth: budget.limits.depth } as const;
  await connection.run(job, { budget, signal }, (result) => {
    if (result.kind !== "objects") return;
    budget.count(result.objects.length, "HDF5 objects");
    objects.push(...result.objects);
  });
  return objects;
}

/** Whether a dataset's values can be read without libhdf5. */
function isDirect({ storage, filters }: DatasetInfo): boolean {
  return storage.kind === "contiguous" && storage.offset !== null && filters.length === 0;
}

function datasetTensor(
  source: Source,
  connection: Hdf5Connection,
  object: Hdf5Object,
  name: string,
  stated: string | undefined,
): Tensor {
  const { dataset } = object;
  if (dataset === undefined) {
    return unreadableTensor(
      source,
      name,
      object.kind,
      [],
      object.reason ?? `It is an HDF5 ${object.kind}, not a dataset.`,
    );
  }
  const attribute = object.attributes.get("dtype")?.[0];
  const element = elementDType(dataset.type, typeof attribute === "string" ? attribute : stated);
  const { dtype } = element;
  const refusal = refusalOf(dataset, source.size) ?? element.unreadable;
  if (refusal !== undefined || !isDType(dtype)) {
    return unreadableTensor(source, name, dtype, dataset.shape, refusal ?? `It is stored as ${dtype}.`);
  }
  return {
    name,
    dtype,
    shape: dataset.shape,
    ...(dataset.filters.some(({ id }) => id === FLETCHER32) ? { checksum: "fletcher32" } : {}),
    async readBytes(context) {
      try {
        const bytes = isDirect(dataset)
          ? await readDirect(source, dataset, context)
          : await readByLibrary(connection, object.path, dataset, context);
        return aligned(bytes, Math.max(1, DTYPES[dtype].bits / 8));
      } catch (error) {
        throw inFile(error, source.name);
      }
    },
  };
}

function unreadableTensor(
  source: Source,
  name: string,
  dtype: string,
  shape: readonly number[],
  reason: string,
): Tensor {
  return {
    name,
    dtype,
    shape,
    unreadable: reason,
    async readBytes() {
      throw new ReadError("unsupported", `${JSON.stringify(name)} cannot be read. ${reason}`, {
        file: source.name,
      });
    },
  };
}

async function readDirect(
  source: Source,
  dataset: DatasetInfo,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { storage, type } = dataset;
  const offset = storage.kind === "contiguous" ? (storage.offset ?? 0) : 0;
  const bytes = await readPieces(source, offset, datasetBytes(dataset), context);
  return type.littleEndian || type.size === 1 ? bytes : swapped(bytes, type.size);
}

/** Reads through libhdf5, box by box. It swaps big-endian values itself. */
async function readByLibrary(
  connection: Hdf5Connection,
  path: string,
  dataset: DatasetInfo,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { shape, type, storage } = dataset;
  const total = datasetBytes(dataset);
  const target = new Uint8Array(total);
  if (total === 0) return target;
  const chunks = storage.kind === "chunked" ? storage.chunks : shape.map(() => 1);
  let done = 0;
  for (const box of boxesOf(shape, chunks, BOX_BYTES / type.size)) {
    const bytes = box.count.reduce((product, extent) => product * extent, type.size);
    await connection.run({ kind: "read", path, ...box, bytes }, context, (result) => {
      if (result.kind !== "bytes" || result.bytes.length !== bytes) {
        throw new ReadError(
          "malformed",
          `HDF5 answered a read of ${bytes} bytes of ${path} with something else.`,
        );
      }
      placeBox(target, shape, box, result.bytes, type.size);
    });
    done += bytes;
    context.onProgress?.(done, total);
  }
  return target;
}
