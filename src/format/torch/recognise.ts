import type { Probe } from "../format.ts";

/**
 * What the names of a PyTorch archive begin with (`archive/`, `resnet18/`, or nothing); null when it is none, and when
 * it is TorchScript, whose `constants.pkl` or `code/` stand beside `data.pkl`.
 */
export function archiveRoot(names: readonly string[]): string | null {
  const pickles = names.filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [first] = pickles;
  if (first === undefined) return null;
  const folder = first.slice(0, -"data.pkl".length);
  const script = names.some((name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`));
  return script ? null : folder;
}

/** Whether a zip is what `torch.save` writes. */
function looksLikeTorchArchive({ zipEntries }: Probe): boolean {
  return zipEntries !== null && archiveRoot(zipEntries) !== null;
}

/** PyTorch's magic number as a pickle has it: a long of ten bytes, or text in protocols 0 and 1. */
const MAGIC: readonly number[] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const MAGIC_TEXT = "L119547037146038801333356L\n";

/** Whether the bytes begin like what `torch.save` wrote before PyTorch 1.6: a pickle of a magic number. */
export function looksLikeTorchStream({ head }: Probe): boolean {
  const start = head.subarray(0, 40);
  const at = start.indexOf(MAGIC[0]!);
  if (start[0] === 0x80 && at > 0 && MAGIC.every((byte, i) => start[at + i] === byte)) return true;
  return new TextDecoder("latin1").decode(start).startsWith(MAGIC_TEXT);
}

/** Whether a file is one of those that PyTorch writes, its index of several files excepted. */
export function looksLikeTorch(probe: Probe): boolean {
  return looksLikeTorchArchive(probe) || looksLikeTorchStream(probe);
}
