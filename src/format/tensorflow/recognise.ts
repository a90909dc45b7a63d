import { isTable } from "../../codec/table-magic.ts";
import type { Probe } from "../format.ts";

/** What stands before `.data-00000-of-00001` in a shard's name; null for other names. Shards have no magic number. */
export function shardPrefix(name: string): string | null {
  return /^(?:.*[/\\])?(.+)\.data-\d{5}-of-\d{5}$/.exec(name)?.[1] ?? null;
}

/** The checkpoint that the text file `checkpoint` calls the latest; null for other files. */
export function stateFile({ head }: Probe): string | null {
  const text = new TextDecoder().decode(head);
  const name = /^model_checkpoint_path: "((?:[^"\\\n]|\\.)*)"/.exec(text)?.[1];
  return name?.replace(/\\(.)/g, "$1") ?? null;
}

/** Whether a file is, or leads to, a TensorFlow checkpoint. */
export function looksLikeCheckpoint(probe: Probe): boolean {
  return isTable(probe.tail) || shardPrefix(probe.name) !== null || stateFile(probe) !== null;
}

/** A message inside another: its first tag, where its payload begins, and where it should end. */
interface Inside {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The length-delimited field at `at`, inside of a message that ends at `limit`; null when there is none. */
function fieldAt(head: Uint8Array, at: number, limit: number): Inside | null {
  const tag = head[at];
  if (tag === undefined || (tag & 7) !== 2) return null;
  let [length, next] = [0, at + 1];
  for (let shift = 0; shift < 35; shift += 7, next++) {
    const byte = head[next];
    if (byte === undefined) return null;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const start = next + 1;
  return start + length <= limit ? { tag, start, end: start + length } : null;
}

/** A file that was cut is this format's to refuse. */
const CUT = Number.MAX_SAFE_INTEGER;

/**
 * Whether the bytes are a SavedModel: schema version 1, then a graph that begins with what it says of itself. ONNX
 * begins alike, with a version and a text.
 */
export function looksLikeSavedModel({ head }: Probe): boolean {
  if (head[0] !== 0x08 || head[1] !== 1) return false;
  const graph = fieldAt(head, 2, CUT);
  const info = graph?.tag === 0x12 ? fieldAt(head, graph.start, graph.end) : null;
  if (graph === null || info === null || info.tag !== 0x0a) return false;
  const first = head[info.start] ?? 0;
  return info.start === info.end || [0x0a, 0x12, 0x1a, 0x22, 0x2a, 0x32, 0x38, 0x42].includes(first);
}

/** Whether the bytes are a graph: its first field is an operator with a name and a kind. */
export function looksLikeGraph({ head, size }: Probe): boolean {
  const node = fieldAt(head, 0, CUT);
  const name = node?.tag === 0x0a ? fieldAt(head, node.start, node.end) : null;
  const op = name?.tag === 0x0a ? fieldAt(head, name.end, node!.end) : null;
  if (node === null || name === null || op?.tag !== 0x12) return false;
  const text = (field: Inside): string =>
    new TextDecoder("latin1").decode(head.subarray(field.start, field.end));
  const after = head[node.end];
  const goesOn = node.end >= size || after === undefined || [0x0a, 0x12, 0x18, 0x22].includes(after);
  return (
    goesOn &&
    op.end <= head.length &&
    /^[\w.>-][\w./>-]*$/.test(text(name)) &&
    /^[A-Z_][\w>]*$/i.test(text(op))
  );
}
