import type { SourceField } from "../../codec/proto-reader.ts";
import { protoFields } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";
import { byteLengthOf, countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { storedTensor } from "../stored-tensor.ts";
import { computedTensor, unpackBits } from "./computed-tensor.ts";
import { type CoremlState, freeName } from "./model-parts.ts";

/** Scales, offsets or palettes up to so many bytes are read with the list. */
const TABLE_MOST = 1024 * 1024;

/** What a WeightParams holds, its values not read. */
interface Stored {
  readonly floats: SourceField | null;
  readonly halves: SourceField | null;
  readonly raw: SourceField | null;
  readonly isDynamic: boolean;
  readonly isScattered: boolean;
  readonly bits: number;
  readonly scale: readonly number[];
  readonly bias: readonly number[];
  readonly palette: readonly number[];
}

/**
 * The weights of a neural network's layer as a tensor: floatValue=1, float16Value=2, rawValue=30, int8RawValue=31,
 * quantization=40. Quantised ones are dequantised as coremltools does it: `q * scale + bias` worked out in float64, a
 * scale for each index of `axis`, or the value that a palette has for `q`.
 */
export async function weightTensor(
  state: CoremlState,
  message: SourceField,
  name: string,
  shape: readonly number[],
  axis: number,
): Promise<Tensor> {
  const own = freeName(state, name);
  const stored = await readStored(state, message);
  const { floats, halves, raw } = stored;
  const { source } = state;
  const plain = { name: own, shape, source };
  const [first, ...others] = [floats, halves, raw].filter((field) => field !== null);
  const refuse = (unreadable: string): Tensor =>
    storedTensor({ ...plain, dtype: "float32", offset: 0, unreadable });
  if (first === undefined) return refuse("It has no values.");
  if (others.length > 0) return refuse("It holds its values more than once.");
  const count = countOf(shape);
  const dtype = floats !== null ? "float32" : halves !== null ? "float16" : null;
  const found = first.end - first.start;
  const bits = dtype === null ? stored.bits : dtype === "float32" ? 32 : 16;
  const length = Math.ceil((count * bits) / 8);
  if (!Number.isSafeInteger(length))
    return refuse(`Its shape [${shape.join(", ")}] has more values than can be counted.`);
  if (floats !== null && stored.isScattered) return scatteredTensor(state, message, own, shape);
  if (found !== length)
    return refuse(`Its ${count} values of ${bits} bits should take ${length} bytes, but ${found} are there.`);
  if (dtype !== null) return storedTensor({ ...plain, dtype, offset: first.start });
  return dequantised(state, first, own, shape, axis, stored) ?? refuse(whyNot(stored, shape, axis));
}

function whyNot(
  { bits, scale, bias, palette, isDynamic }: Stored,
  shape: readonly number[],
  axis: number,
): string {
  if (isDynamic) return "It is quantised for dynamic arithmetic (int8RawValue), which is not read.";
  return `It is quantised to ${bits} bits with ${scale.length} scales, ${bias.length} offsets and ${palette.length} values of a palette, which does not fit axis ${axis} of the shape [${shape.join(", ")}].`;
}

async function readStored({ reader }: CoremlState, message: SourceField): Promise<Stored> {
  let floats: SourceField | null = null;
  let halves: SourceField | null = null;
  let raw: SourceField | null = null;
  let [isDynamic, isScattered] = [false, false];
  let bits = 0;
  let [scale, bias, palette]: number[][] = [[], [], []];
  for await (const field of reader.each(message, "the weights of a layer", 512)) {
    if (field.number === 1) {
      isScattered ||= floats !== null || field.wire !== 2;
      floats ??= field;
    } else if (field.wire !== 2 || field.start === field.end) continue;
    else if (field.number === 2) halves = field;
    else if (field.number === 30 || field.number === 31) {
      raw = field;
      isDynamic ||= field.number === 31;
    } else if (field.number === 40) {
      for (const part of await reader.fields(field, "a quantisation")) {
        if (part.number === 1 && part.wire === 0) bits = part.value;
        else if (part.wire !== 2 || part.end - part.start > TABLE_MOST) continue;
        else if (part.number === 101) [scale, bias] = await readFloats(reader, part, [1, 2]);
        else if (part.number === 102) [palette] = await readFloats(reader, part, [1]);
      }
    }
  }
  if (!(bits >= 1 && bits <= 8)) bits = isDynamic ? 8 : 0;
  return { floats, halves, raw, isDynamic, isScattered, bits, scale: scale!, bias: bias!, palette: palette! };
}

/** Lists of floats in fields of a message, packed or not. */
async function readFloats(
  reader: CoremlState["reader"],
  message: SourceField,
  numbers: readonly number[],
): Promise<number[][]> {
  const lists = numbers.map((): number[] => []);
  for (const field of await reader.fields(message, "a quantisation")) {
    const list = lists[numbers.indexOf(field.number)];
    if (list === undefined || field.wire === 0) continue;
    const bytes = await reader.bytes(field);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 4 <= bytes.length; at += 4) list.push(view.getFloat32(at, true));
  }
  return lists;
}

function dequantised(
  { source }: CoremlState,
  { start, end }: SourceField,
  name: string,
  shape: readonly number[],
  axis: number,
  { bits, scale, bias, palette, isDynamic }: Stored,
): Tensor | null {
  if (bits === 0 || isDynamic) return null;
  const count = countOf(shape);
  const channels = shape[axis] ?? 0;
  const isLinear = scale.length > 0;
  if (isLinear && (bias.length !== scale.length || (scale.length !== 1 && scale.length !== channels)))
    return null;
  if (!isLinear && palette.length < 2 ** bits) return null;
  if (isLinear && scale.length === 1 && bits === 8) {
    const quantization = { scale: scale[0]!, minimum: bias[0]! };
    return storedTensor({ name, shape, source, dtype: "uint8", offset: start, quantization });
  }
  const inner = countOf(shape.slice(axis + 1));
  return computedTensor(name, "float32", shape, async ({ signal }) => {
    const stored = unpackBits(await source.read(start, end - start, signal), count, bits, "high");
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const channel = scale.length === 1 ? 0 : Math.floor(i / inner) % channels;
      values[i] = isLinear ? stored[i]! * scale[channel]! + bias[channel]! : palette[stored[i]!]!;
    }
    return new Uint8Array(values.buffer);
  });
}

/** Floats that were written one at a time or in pieces: the whole message is read again. */
function scatteredTensor(
  { source }: CoremlState,
  { start, end }: SourceField,
  name: string,
  shape: readonly number[],
): Tensor {
  const length = byteLengthOf("float32", countOf(shape));
  return {
    name,
    dtype: "float32",
    shape,
    async readBytes({ budget, signal }) {
      if (length > end - start)
        throw new ReadError("malformed", `${JSON.stringify(name)} has fewer values than its shape.`);
      const release = budget.take(end - start + length, "a tensor");
      try {
        const bytes = await source.read(start, end - start, signal);
        const out = new Uint8Array(length);
        let at = 0;
        for (const piece of protoFields(bytes, budget, "the weights of a layer")) {
          if (piece.number !== 1 || piece.wire === 0) continue;
          if (at + piece.end - piece.start > length)
            throw new ReadError("malformed", `${JSON.stringify(name)} has more values than its shape.`);
          out.set(bytes.subarray(piece.start, piece.end), at);
          at += piece.end - piece.start;
        }
        if (at !== length)
          throw new ReadError("malformed", `${JSON.stringify(name)} has fewer values than its shape.`);
        return out;
      } finally {
        release();
      }
    },
  };
}
