import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { aligned } from "../../tensor/bytes.ts";
import { byteLengthOf, countOf, DTYPES, type DType, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { readPieces } from "../stored-tensor.ts";
import { dtypeNamed } from "./dtypes.ts";
import type { Field } from "./message.ts";
import { readFullShape } from "./shape-proto.ts";
import { typedBytes, typedField } from "./typed-values.ts";

/** Bytes of a tensor that a graph states by fewer values than it has: the last one is repeated. */
export const REPEATED_BYTES = 64 * 1024 * 1024;

/** Where the values of a `TensorProto` are. */
export interface TensorValues {
  readonly type: number;
  readonly shape: readonly number[];
  /** The raw bytes; null when the values are typed. */
  readonly content: { readonly start: number; readonly end: number } | null;
  /** Fields of typed values. */
  readonly typed: readonly Field[];
}

/** The fields of a `TensorProto`, whose values are not yet read. */
export function readTensorProto(fields: readonly Field[], budget: Budget, name: string): TensorValues {
  let type = 0;
  let shape: readonly number[] = [];
  let content: TensorValues["content"] = null;
  const typed: Field[] = [];
  for (const field of fields) {
    if (field.number === 1 && field.wire === 0) type = field.value;
    else if (field.number === 2 && field.bytes !== null)
      shape = readFullShape(field.bytes, budget, JSON.stringify(name));
    else if (field.number === 4 && field.wire === 2) content = field.end > field.start ? field : null;
    else if (field.number >= 5) typed.push(field);
  }
  return { type, shape, content, typed };
}

/** The values of a message as a tensor called `name`. */
export function constantTensor(name: string, values: TensorValues, source: Source): Tensor {
  const { type, shape } = values;
  const { dtype, unreadable: unknown } = dtypeNamed(type);
  const unreadable = unknown ?? whyUnreadable(values, dtype);
  return {
    name,
    dtype,
    shape,
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (unreadable !== undefined || !isDType(dtype)) {
        throw new ReadError("unsupported", unreadable ?? `It is stored as ${dtype}.`, { file: source.name });
      }
      return readValues(name, dtype, values, source, context);
    },
  };
}

function whyUnreadable({ content, typed, shape, type }: TensorValues, dtype: string): string | undefined {
  if (content !== null || !isDType(dtype)) return undefined;
  const length = byteLengthOf(dtype, countOf(shape));
  const given = typed.filter(({ number }) => number === typedField(type));
  const stated = given.reduce((sum, { start, end, wire }) => sum + (wire === 2 ? end - start : 8), 0);
  // Not even one byte for each value: then the last is repeated.
  if (length <= REPEATED_BYTES || stated >= countOf(shape)) return undefined;
  return `It states ${length} bytes by one value that is repeated; more than ${REPEATED_BYTES} are not written out.`;
}

/** The packed little-endian values of a message. */
export async function readValues(
  name: string,
  dtype: DType,
  values: TensorValues,
  source: Source,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { content, shape } = values;
  const length = byteLengthOf(dtype, countOf(shape));
  const size = Math.min(8, DTYPES[dtype].bits / 8);
  const described = `${JSON.stringify(name)} of ${dtype} [${shape.join(", ")}]`;
  if (content !== null) {
    if (content.end - content.start !== length) {
      throw new ReadError(
        "malformed",
        `${described} should have ${length} bytes, but ${content.end - content.start} are there.`,
        { file: source.name, offset: content.start },
      );
    }
    return aligned(await readPieces(source, content.start, length, context), size);
  }
  const release = context.budget.take(length, described);
  try {
    const given = await typedBytes(values.type, values.typed, source, context);
    if (given.length === length) return aligned(given, size);
    if (given.length > length) {
      throw new ReadError(
        "malformed",
        `${described} should have ${length} bytes, but more values are there.`,
      );
    }
    const whole = new Uint8Array(length);
    whole.set(given);
    const value = DTYPES[dtype].bits / 8;
    // What is left repeats the last value; without any value all are zero.
    if (given.length >= value) {
      for (let at = given.length; at < length; at++) whole[at] = whole[at - value]!;
    }
    return whole;
  } finally {
    release();
  }
}
