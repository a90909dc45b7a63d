import { hasTarChecksum } from "../../codec/tar-header.ts";
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

/** Whether the bytes are a tar archive as PyTorch wrote it before 0.1.10. */
export function looksLikeTorchTar({ head }: Probe): boolean {
  const name = new TextDecoder("latin1").decode(head.subarray(0, 100)).replace(/\0.*$/s, "");
  return /^(sys_info|pickle|storages|tensors)$/.test(name) && hasTarChecksum(head);
}

/** Whether the bytes begin like a pickle of protocol 2 to 5; PaddlePaddle's have names of their own. */
export function looksLikePickle({ head, name }: Probe): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 && !/\.pd(params|opt|model|states)$/i.test(name);
}

/** Whether a file is one of those that PyTorch and Python's pickle write, the index of several files excepted. */
export function looksLikeTorch(probe: Probe): boolean {
  return [looksLikeTorchArchive, looksLikeTorchStream, looksLikePickle, looksLikeTorchTar].some((is) =>
    is(probe),
  );
}
