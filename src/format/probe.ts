import type { Budget } from "../budget.ts";
import { isZip } from "../codec/zip-magic.ts";
import type { Source } from "../source/source.ts";
import { PROBE_HEAD, PROBE_TAIL, type Probe } from "./format.ts";

/**
 * Reads the first and the last bytes of `source`, in one read when the file is small, and a zip's directory.
 *
 * @throws ReadError when a file that begins like a zip has no sound directory.
 */
export async function readProbe(source: Source, budget: Budget, signal?: AbortSignal): Promise<Probe> {
  budget.check();
  const { name, size } = source;
  const whole = size <= PROBE_TAIL ? await source.read(0, size, signal) : null;
  const head = whole?.subarray(0, PROBE_HEAD) ?? (await source.read(0, PROBE_HEAD, signal));
  const tail = whole ?? (await source.read(size - PROBE_TAIL, PROBE_TAIL, signal));
  if (!isZip(head)) return { name, size, head, tail, zip: null, zipEntries: null };
  const { readZipDirectory } = await import("../codec/zip.ts");
  const zip = await readZipDirectory(source, tail, budget, signal);
  return { name, size, head, tail, zip, zipEntries: zip.map((entry) => entry.name) };
}
