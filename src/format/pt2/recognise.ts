import type { Probe } from "../format.ts";

/** Whether a zip is what `torch.export.save` writes: since PyTorch 2.8 an archive with a format entry, before that two files. */
export function looksLikePt2({ zipEntries }: Probe): boolean {
  if (zipEntries === null) return false;
  const has = (end: RegExp): boolean => zipEntries.some((entry) => end.test(entry));
  return (
    has(/^serialized_exported_program\.json$/) || (has(/\/archive_format$/) && has(/\/archive_version$/))
  );
}
