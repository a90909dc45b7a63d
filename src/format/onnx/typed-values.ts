import type { Budget } from "../../budget.ts";
import { protoFields } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";
import { byteLengthOf, DTYPES, type DType } from "../../tensor/dtype.ts";
import { VALUES_FIELDS, type ValuesField } from "./data-types.ts";

/**
 * The values of a typed field as packed little-endian bytes of `dtype`. `bytes` are the packed payload, or (`whole`)
 * the whole TensorProto, whose pieces of the field are put together.
 *
 * float16, bfloat16 and float8 stand in int32_data as their bits, a value each; int4 two values each.
 *
 * @throws ReadError `malformed` when there are more or fewer values than `count`.
 */
export function typedBytes(
  bytes: Uint8Array,
  whole: boolean,
  { field, dtype, count }: { readonly field: ValuesField; readonly dtype: DType; readonly count: number },
  budget: Budget,
): Uint8Array<ArrayBuffer> {
  const length = byteLengthOf(dtype, count);
  // A value takes at least a byte.
  if (length > bytes.length * 8) throw wrongCount(count, dtype, "fewer");
  const release = budget.take(length, "the values of a tensor");
  try {
    const out = new Uint8Array(length);
    const isFloat = field === "float" || field === "double";
    const word = isFloat ? (field === "float" ? 4 : 8) : Math.max(1, DTYPES[dtype].bits / 8);
    const append = isFloat ? copyFloats : copyVarints;
    let at = 0;
    if (!whole) at = append(out, at, bytes, word);
    else {
      for (const piece of protoFields(bytes, budget, "an ONNX tensor")) {
        if (VALUES_FIELDS.get(piece.number) !== field) continue;
        // A single number is its own varint or its own bytes: what stands between tag and end.
        at = append(out, at, bytes.subarray(piece.start, piece.end), word);
      }
    }
    if (at !== length) throw wrongCount(count, dtype, "fewer");
    return out;
  } finally {
    release();
  }
}

function copyFloats(out: Uint8Array, at: number, bytes: Uint8Array): number {
  if (at + bytes.length > out.length)
    throw new ReadError("malformed", "Its values are more than its shape has.");
  out.set(bytes, at);
  return at + bytes.length;
}

/** Varints as little-endian words; what is above the word is the sign's copies. */
function copyVarints(out: Uint8Array, start: number, bytes: Uint8Array, word: number): number {
  let at = start;
  let value = 0n;
  let shift = 0n;
  // 64-bit values need more than a number holds; shorter ones are put together in 32 bits.
  let low = 0;
  let bits = 0;
  for (const byte of bytes) {
    if (word === 8) {
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
    } else if (bits < 32) low |= (byte & 127) << bits;
    bits += 7;
    if (bits > 70) throw new ReadError("malformed", "A number of its values is longer than ten bytes.");
    if (byte >= 128) continue;
    if (at + word > out.length) throw new ReadError("malformed", "Its values are more than its shape has.");
    if (word === 8) new DataView(out.buffer, at, 8).setBigUint64(0, BigInt.asUintN(64, value), true);
    else for (let i = 0; i < word; i++) out[at + i] = low >>> (8 * i);
    at += word;
    value = 0n;
    shift = 0n;
    low = 0;
    bits = 0;
  }
  if (bits !== 0) throw new ReadError("malformed", "Its values end inside a number.");
  return at;
}

function wrongCount(count: number, dtype: string, word: string): ReadError {
  return new ReadError(
    "malformed",
    `It holds ${word} values than the ${count} of ${dtype} that its shape has.`,
  );
}
