import type { Probe } from "../format.ts";

/** Entries of a `.keras` archive. */
export const ARCHIVE_ENTRIES = {
  config: "config.json",
  metadata: "metadata.json",
  weights: "model.weights.h5",
  npz: "model.weights.npz",
  map: "model.weights.json",
} as const;

/** Whether the bytes are a zip with the entries of a `.keras` archive. */
export function looksLikeKerasArchive({ zipEntries }: Probe): boolean {
  if (zipEntries === null || !zipEntries.includes(ARCHIVE_ENTRIES.config)) return false;
  const { metadata, weights, npz, map } = ARCHIVE_ENTRIES;
  return [metadata, weights, npz, map].some((name) => zipEntries.includes(name));
}

/** Whether the bytes are the weight map of a sharded Keras 3 store (`name.weights.json`). */
export function looksLikeWeightMap({ head, tail }: Probe): boolean {
  const decoder = new TextDecoder("latin1");
  const start = decoder.decode(head);
  return (
    /^\s*\{/.test(start) && start.includes('"weight_map"') && decoder.decode(tail).includes(".weights.h5")
  );
}
