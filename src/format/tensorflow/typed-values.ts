import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import type { Field } from "./message.ts";

/** How a `TensorProto` writes the values of a type: the field, and the bytes that one varint becomes (0: as they are). */
interface Typed {
  readonly field: number;
  readonly varint: 0 | 1 | 2 | 4 | 8;
}

const FLOAT: Typed = { field: 5, varint: 0 };
const DOUBLE: Typed = { field: 6, varint: 0 };
const HALF: Typed = { field: 13, varint: 2 };
const BYTE: Typed = { field: 7, varint: 1 };
const SHORT: Typed = { field: 7, varint: 2 };
const WORD: Typed = { field: 7, varint: 4 };
const FLOAT8: Typed = { field: 18, varint: 0 };

/** By TensorFlow's number of the dtype. */
const TYPED: Readonly<Record<number, Typed>> = {
  1: FLOAT,
  2: DOUBLE,
  3: WORD,
  4: BYTE,
  5: SHORT,
  6: BYTE,
  8: { field: 9, varint: 0 },
  9: { field: 10, varint: 8 },
  10: { field: 11, varint: 1 },
  11: BYTE,
  12: BYTE,
  13: WORD,
  14: HALF,
  15: SHORT,
  16: SHORT,
  17: SHORT,
  18: { field: 12, varint: 0 },
  19: HALF,
  22: { field: 16, varint: 4 },
  23: { field: 17, varint: 8 },
  24: FLOAT8,
  25: FLOAT8,
  26: FLOAT8,
  28: FLOAT8,
};

/** The field that holds typed values of a dtype; 0 when there is none. */
export function typedField(type: number): number {
  return TYPED[type]?.field ?? 0;
}

/** The typed values of a message, packed and little-endian, as many as it states. */
export async function typedBytes(
  type: number,
  fields: readonly Field[],
  source: Source,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const typed = TYPED[type];
  const own = fields.filter(({ number }) => number === typed?.field);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const field of own) {
    const isVarint = typed!.varint > 0;
    if (isVarint ? field.wire === 5 || field.wire === 1 : field.wire === 0) {
      throw new ReadError("malformed", "A list of values in the graph has the wrong wire type.", {
        file: source.name,
        offset: field.start,
      });
    }
    const length = field.end - field.start;
    context.budget.take(length, "values in the graph");
    const bytes = field.bytes ?? (await source.read(field.start, length, context.signal));
    parts.push(isVarint ? varints(bytes, typed!.varint as 1 | 2 | 4 | 8, context) : bytes);
  }
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Varints as words of `size` bytes; what does not fit is cut off, as a cast does. */
function varints(bytes: Uint8Array, size: 1 | 2 | 4 | 8, { budget }: ReadContext): Uint8Array<ArrayBuffer> {
  let count = 0;
  for (const byte of bytes) if (byte < 128) count++;
  if (bytes.length > 0 && bytes.at(-1)! >= 128) {
    throw new ReadError("truncated", "A list of numbers in the graph ends inside one.");
  }
  budget.take(count * size, "values in the graph");
  const words = new Uint8Array(count * size);
  let [low, high, shift, to] = [0, 0, 0, 0];
  for (const byte of bytes) {
    const seven = byte & 127;
    if (shift < 28) low |= seven << shift;
    else if (shift === 28) {
      low |= (seven & 15) << 28;
      high = seven >> 4;
    } else if (shift < 64) high |= seven << (shift - 32);
    else throw new ReadError("malformed", "The graph holds a number longer than ten bytes.");
    shift += 7;
    if (byte >= 128) continue;
    for (let i = 0; i < size; i++) words[to++] = ((i < 4 ? low : high) >>> (8 * (i % 4))) & 255;
    [low, high, shift] = [0, 0, 0];
  }
  return words;
}
