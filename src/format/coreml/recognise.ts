import { readFieldHeader } from "../../codec/protobuf.ts";
import { isReadError } from "../../errors.ts";
import type { Probe } from "../format.ts";

/** Fields of Model.proto before the model itself. */
const FRONT: Readonly<Record<number, 0 | 2>> = { 1: 0, 2: 2, 10: 0 };
/** Fields of ModelDescription: inputs, outputs, states, names, training inputs, functions, metadata. */
const DESCRIPTION: readonly number[] = [1, 10, 11, 12, 13, 20, 21, 50, 100];

/**
 * Whether a file begins like a Core ML Model: a specification version below 100, a description with fields of a
 * ModelDescription, then one model, whose field is 200 or more.
 */
export function looksLikeCoreml({ head, size }: Probe): boolean {
  let hasVersion = false;
  for (let at = 0; at < head.length; ) {
    const field = headerAt(head, at, Number.MAX_SAFE_INTEGER);
    if (field === null) return false;
    if (field.number >= 200 && field.number <= 3000) return hasVersion && field.wire === 2;
    if (FRONT[field.number] !== field.wire) return false;
    if (field.number === 1) hasVersion = field.value >= 1 && field.value < 100;
    if (field.number === 2 && !isDescription(head, field.start, field.end)) return false;
    at = field.end;
    // A description longer than what is at hand: its own fields have told.
    if (at >= head.length && at < size) return hasVersion && field.number === 2;
  }
  return false;
}

function isDescription(head: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return true;
  const first = headerAt(head, start, end);
  if (first === null || first.wire !== 2 || !DESCRIPTION.includes(first.number)) return false;
  // FeatureDescription: a name, a text or a type. SavedModel's and others' second fields begin otherwise.
  if (first.number !== 1 && first.number !== 10) return true;
  const inner = headerAt(head, first.start, first.end);
  return (
    inner !== null &&
    inner.wire === 2 &&
    inner.number <= 3 &&
    inner.end <= first.end &&
    isFeature(head, inner.start, first)
  );
}

/** The name of a feature is text. */
function isFeature(head: Uint8Array, start: number, { end }: { readonly end: number }): boolean {
  return head.subarray(start, Math.min(end, start + 1)).every((byte) => byte >= 32);
}

function headerAt(head: Uint8Array, at: number, end: number): ReturnType<typeof readFieldHeader> | null {
  try {
    return readFieldHeader(head, at, 0, end, "the file");
  } catch (error) {
    if (isReadError(error)) return null;
    throw error;
  }
}

/** The Manifest.json of an `.mlpackage`. */
export function looksLikePackage({ head }: Probe): boolean {
  const text = new TextDecoder("latin1").decode(head);
  return /^\s*\{/.test(text) && text.includes('"itemInfoEntries"') && text.includes('"fileFormatVersion"');
}
