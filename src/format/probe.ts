import type { Budget } from "../budget.ts";
import type { Source } from "../source/source.ts";
import { PROBE_HEAD, PROBE_TAIL, type Probe } from "./format.ts";

/** Reads the first and the last bytes of `source`, in one read when the file is small. */
export async function readProbe(source: Source, budget: Budget, signal?: AbortSignal): Promise<Probe> {
  budget.check();
  const size = source.size;
  const whole = size <= PROBE_TAIL ? await source.read(0, size, signal) : null;
  const head = whole?.subarray(0, PROBE_HEAD) ?? (await source.read(0, PROBE_HEAD, signal));
  const tail = whole ?? (await source.read(size - PROBE_TAIL, PROBE_TAIL, signal));
  return { name: source.name, size, head, tail, zipEntries: null };
}
