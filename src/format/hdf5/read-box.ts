import { ReadError } from "../../errors.ts";
import type { OpenFile } from "./open-file.ts";
import { attempt } from "./operation.ts";
import type { Job } from "./protocol.ts";

/**
 * Reads a box of a dataset: `count` values along each axis from `start`, row-major, little-endian. The status of
 * the read is looked at, the memory is zeroed before and copied out by its exact length.
 */
export function readBox(
  { library, cache, id }: OpenFile,
  job: Job & { kind: "read" },
): Uint8Array<ArrayBuffer> {
  const { module } = library;
  const pointer = module._malloc(Math.max(1, job.bytes));
  if (pointer === 0)
    throw new ReadError("limit", `There is no memory for ${job.bytes} bytes of ${job.path}.`);
  try {
    return attempt(library, cache, () => {
      module.HEAPU8.fill(0, pointer, pointer + job.bytes);
      const isScalar = job.count.length === 0;
      const count = isScalar ? null : job.count.map(BigInt);
      const start = isScalar ? null : job.start.map(BigInt);
      const stride = isScalar ? null : job.count.map(() => 1n);
      const status = module.get_dataset_data(id, job.path, count, start, stride, BigInt(pointer));
      if (status < 0) throw new ReadError("malformed", `HDF5 could not read ${job.path} (status ${status}).`);
      return module.HEAPU8.slice(pointer, pointer + job.bytes);
    });
  } finally {
    module._free(pointer);
  }
}
