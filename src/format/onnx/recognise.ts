import { readFieldHeader } from "../../codec/protobuf.ts";
import { isReadError } from "../../errors.ts";
import type { Probe } from "../format.ts";

/** Fields of a protobuf message by number, with their wire types. */
type Fields = Readonly<Record<number, 0 | 2>>;

/** ModelProto of onnx.proto. */
const MODEL: Fields = { 1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2 };
/** GraphProto. */
const GRAPH: Fields = { 1: 2, 2: 2, 5: 2, 10: 2, 11: 2, 12: 2, 13: 2, 14: 2, 15: 2, 16: 2 };
/** NodeProto. */
const NODE: Fields = { 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2 };
/** What may stand first in a graph: its nodes, its name or its tensors. */
const INNER: Readonly<Record<number, Fields>> = { 1: NODE };

/**
 * Whether a file begins like an ONNX ModelProto: a version below 100, and fields with the model's numbers and wire
 * types up to a graph that begins like one.
 */
export function looksLikeOnnx({ head }: Probe): boolean {
  let versions = 0;
  for (let at = 0; at < head.length; ) {
    // A file that was cut is this format's to refuse.
    const field = headerAt(head, at, Number.MAX_SAFE_INTEGER);
    if (field === null || MODEL[field.number] !== field.wire) return false;
    if (field.number === 1) {
      if (!(field.value >= 1 && field.value < 100)) return false;
      versions++;
    }
    if (field.number === 7) return versions === 1 && beginsLike(head, field.start, field.end, GRAPH);
    at = field.end;
    // A description that is longer than what is at hand hides the graph behind it.
    if (field.number === 6 && at >= head.length) return versions === 1;
  }
  return false;
}

/** Whether the message at `start` begins with one of `fields`, and what that holds does too. */
function beginsLike(head: Uint8Array, start: number, end: number, fields: Fields): boolean {
  // An empty message, or one beyond the bytes that are here, begins like any.
  if (start >= end || start >= head.length) return true;
  const field = headerAt(head, start, end);
  if (field === null) return start + 2 >= head.length;
  if (fields[field.number] !== field.wire) return false;
  const inner = fields === GRAPH ? INNER[field.number] : undefined;
  return inner === undefined || beginsLike(head, field.start, field.end, inner);
}

function headerAt(head: Uint8Array, at: number, end: number): ReturnType<typeof readFieldHeader> | null {
  try {
    return readFieldHeader(head, at, 0, end, "the file");
  } catch (error) {
    if (isReadError(error)) return null;
    throw error;
  }
}
