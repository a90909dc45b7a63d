import type { Budget } from "../budget.ts";
import { isZip } from "../codec/zip-magic.ts";
import type { Source } from "../source/source.ts";
import { PROBE_HEAD, PROBE_TAIL, type Probe } from "./format.ts";

/** Whether the first bytes are those of a format that has nothing at its end: HDF5, safetensors, NumPy. */
function saysAll(head: Uint8Array): boolean {
  const [first, second] = head;
  if (first === 0x89) return second === 0x48 && head[2] === 0x44 && head[3] === 0x46;
  if (first === 0x93) return second === 0x4e && head[2] === 0x55 && head[3] === 0x4d;
  return head[8] === 0x7b && head[6] === 0 && head[7] === 0 && head[5] === 0;
}

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
  const tail =
    whole ?? (saysAll(head) ? new Uint8Array(0) : await source.read(size - PROBE_TAIL, PROBE_TAIL, signal));
  if (!isZip(head)) return { name, size, head, tail, zip: null, zipEntries: null };
  const { readZipDirectory } = await import("../codec/zip.ts");
  const zip = await readZipDirectory(source, tail, budget, signal);
  return { name, size, head, tail, zip, zipEntries: zip.map((entry) => entry.name) };
}
