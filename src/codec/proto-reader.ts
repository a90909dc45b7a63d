import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";
import {
  FIELD_HEADER_MOST,
  type ProtoField,
  protoFields,
  protoText,
  pushVarints,
  readFieldHeader,
} from "./protobuf.ts";
import { type Window, windowed } from "./windows.ts";

/** Where a message lies, in bytes of the source. */
export interface ProtoRange {
  readonly start: number;
  readonly end: number;
}

/** A field with its place in the source. Its payload is there when its message was small enough to be read whole. */
export interface SourceField extends ProtoField {
  readonly held: Uint8Array | null;
}

/** Messages of a source, read field by field; see `protoReader`. */
export interface ProtoReader {
  /** The fields of a large message, one after the other; their payloads are not read. */
  walk(range: ProtoRange, what: string): AsyncGenerator<SourceField>;
  /** The fields of a message one after the other; one of at most `whole` bytes is read whole. */
  each(of: ProtoRange | SourceField, what: string, whole: number): AsyncGenerator<SourceField>;
  /** The fields of a message; one of at most `whole` bytes (default 4096) is read whole. */
  fields(of: ProtoRange | SourceField, what: string, whole?: number): Promise<readonly SourceField[]>;
  /** The bytes of a payload, which the caller may not change. */
  bytes(field: SourceField): Promise<Uint8Array>;
  text(field: SourceField): Promise<string>;
  /** Appends the numbers of a varint field, packed or single. */
  varints(values: number[], field: SourceField): Promise<void>;
}

/** Messages up to so many bytes are read whole: reading on is cheaper than jumping. */
const WHOLE_MOST = 4096;
/** Payloads up to so many bytes are read through a window. */
const WINDOW_MOST = 64 * 1024;
/** Bytes of one text: names are short, and longer ones are no names. */
const TEXT_MOST = 1024 * 1024;
/** Bytes of all texts of a file: they are held in memory. */
const PROTO_TEXTS_MOST = 48 * 1024 ** 2;

/**
 * Reads protobuf messages of any size out of `source`: small ones whole, large ones by the headers of their fields.
 * `known` are bytes that are there already.
 */
export function protoReader(
  source: Source,
  known: readonly Window[],
  budget: Budget,
  signal?: AbortSignal,
): ProtoReader {
  const windows = windowed(source, known);
  // Small messages are bounded by their bytes: only what is walked counts, and the clock.
  let texts = 0;
  const clock: Budget = { ...budget, count: () => budget.check() };

  async function* walk({ start, end }: ProtoRange, what: string): AsyncGenerator<SourceField> {
    for (let at = start; at < end; ) {
      const length = Math.min(FIELD_HEADER_MOST, end - at);
      const window = windows.here(at, length) ?? (await windows.load(at, length, signal));
      const field = readFieldHeader(window.bytes, at - window.start, window.start, end, what);
      budget.count(1, `fields in ${what}`);
      yield { ...field, held: null };
      at = field.end;
    }
  }

  async function payload({ start, end }: ProtoRange): Promise<Uint8Array> {
    const length = end - start;
    if (length > WINDOW_MOST) {
      budget.take(length, "a field")();
      return source.read(start, length, signal);
    }
    const window = windows.here(start, length) ?? (await windows.load(start, length, signal));
    return window.bytes.subarray(start - window.start, end - window.start);
  }

  const reader: ProtoReader = {
    walk,
    async *each(of, what, whole) {
      if (of.end - of.start > whole && !("held" in of && of.held !== null)) yield* walk(of, what);
      else yield* await reader.fields(of, what, whole);
    },
    async fields(of, what, whole = WHOLE_MOST) {
      const held = "held" in of ? of.held : null;
      if (held === null && of.end - of.start > whole) {
        const fields: SourceField[] = [];
        for await (const field of walk(of, what)) fields.push(field);
        return fields;
      }
      const bytes = held ?? (await payload(of));
      const fields: SourceField[] = [];
      for (const field of protoFields(bytes, clock, what)) {
        fields.push({
          number: field.number,
          wire: field.wire,
          value: field.value,
          start: of.start + field.start,
          end: of.start + field.end,
          held: bytes.subarray(field.start, field.end),
        });
      }
      return fields;
    },
    async bytes(field) {
      return field.held ?? payload(field);
    },
    async text(field) {
      const end = Math.min(field.end, field.start + TEXT_MOST);
      texts += end - field.start;
      if (texts > PROTO_TEXTS_MOST) {
        throw new ReadError(
          "limit",
          `The names in the file take more than ${PROTO_TEXTS_MOST} bytes; no model's names do.`,
        );
      }
      const bytes = field.held?.subarray(0, TEXT_MOST) ?? (await payload({ start: field.start, end }));
      return protoText(bytes, { ...field, start: 0, end: bytes.length });
    },
    async varints(values, field) {
      if (field.wire === 0) values.push(field.value);
      else {
        const bytes = await reader.bytes(field);
        pushVarints(values, bytes, { ...field, start: 0, end: bytes.length }, budget);
      }
    },
  };
  return reader;
}
