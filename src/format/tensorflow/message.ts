import type { Budget } from "../../budget.ts";
import { type ProtoField, protoFields, protoFieldsOf } from "../../codec/protobuf.ts";
import type { Source } from "../../source/source.ts";

/** A message or a part of one that is read whole at once: larger ones are walked, and what is large in them skipped. */
const SMALL = 64 * 1024;

/** A field of a message in a source. */
export interface Field extends ProtoField {
  /** The payload, when it is small; null when it is large and has not been read. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

/** What every reader of messages in one source needs. */
export interface MessageContext {
  /** Cached: many small pieces are read. */
  readonly source: Source;
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
}

/** The fields of the message at bytes `start` to `end`; offsets are the source's. */
export async function readFields(
  range: { readonly start: number; readonly end: number },
  context: MessageContext,
  what: string,
): Promise<readonly Field[]> {
  const fields: Field[] = [];
  for await (const field of eachField(range, context, what)) fields.push(field);
  return fields;
}

/** The same fields one after the other, of which nothing is kept. */
export async function* eachField(
  { start, end }: { readonly start: number; readonly end: number },
  { source, budget, signal }: MessageContext,
  what: string,
): AsyncGenerator<Field> {
  if (end - start <= SMALL) {
    yield* fieldsOf(await source.read(start, end - start, signal), start, budget, what);
    return;
  }
  for await (const field of protoFieldsOf(source, { start, end }, budget, what, signal)) {
    const size = field.end - field.start;
    const isSmall = size <= SMALL;
    if (isSmall) budget.take(size, what);
    yield { ...field, bytes: isSmall ? await source.read(field.start, size, signal) : null };
  }
}

/** The fields of the message that is the payload of `field`. */
export async function innerFields(
  field: Field,
  context: MessageContext,
  what: string,
): Promise<readonly Field[]> {
  return field.bytes === null
    ? readFields(field, context, what)
    : fieldsOf(field.bytes, field.start, context.budget, what);
}

/** The fields of a small message that lies at `base` in its source. */
export function fieldsOf(
  bytes: Uint8Array<ArrayBuffer>,
  base: number,
  budget: Budget,
  what: string,
): readonly Field[] {
  const fields: Field[] = [];
  for (const field of protoFields(bytes, budget, what)) {
    fields.push({
      ...field,
      start: base + field.start,
      end: base + field.end,
      bytes: bytes.subarray(field.start, field.end),
    });
  }
  return fields;
}

/** The text of a field, read when it is longer than what is read at once: a hostile name has any length. */
export async function readText(field: Field, { source, budget, signal }: MessageContext): Promise<string> {
  if (field.wire !== 2 || field.bytes !== null) return textOf(field);
  const size = field.end - field.start;
  budget.take(size, "a name in the graph");
  return new TextDecoder().decode(await source.read(field.start, size, signal));
}

/** The text of a field; empty when it is no text or too long to be a word. */
export function textOf(field: Field): string {
  return field.wire === 2 && field.bytes !== null ? new TextDecoder().decode(field.bytes) : "";
}
