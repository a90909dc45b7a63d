import { ReadError } from "../../errors.ts";
import { assertInside, isBareName, type Source } from "../../source/source.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import { readPieces } from "../stored-tensor.ts";

/** Where a program says that a constant stands. */
export interface BlobPlace {
  readonly file: string;
  /** Of the constant's metadata. */
  readonly offset: number;
  readonly dtype: string;
  /** Bytes that its shape needs. */
  readonly length: number;
}

/** The folder that the format fixes: programs name files as `@model_path/weights/weight.bin`. */
const WEIGHTS = "@model_path/weights/";
/** First word of each constant's metadata. */
const SENTINEL = 0xdeadbeef;
const METADATA = 64;

/** Types by their number in the metadata (MIL blob storage, version 2). */
const TYPES: readonly string[] = [
  "",
  "float16",
  "float32",
  "uint8",
  "int8",
  "bfloat16",
  "int16",
  "uint16",
  "int4",
  "uint1",
  "uint2",
  "uint4",
  "uint3",
  "uint6",
  "int32",
  "uint32",
  "float8_e4m3fn",
  "float8_e5m2",
];

/**
 * The bytes of a constant in the weight file beside a program: at `offset` stand a sentinel, the type, the length and
 * the offset of its values.
 *
 * @throws ReadError `refused` for another file, `missing-sibling`, `truncated` or `malformed`.
 */
export async function readBlob(
  model: Source,
  { file, offset, dtype, length }: BlobPlace,
  context: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const weights = await openWeights(model, file, context.signal);
  try {
    assertInside(weights, offset, METADATA, "The metadata of a constant");
    const head = await weights.read(offset, METADATA, context.signal);
    const view = new DataView(head.buffer, head.byteOffset, METADATA);
    const [sentinel, type] = [view.getUint32(0, true), view.getUint32(4, true)];
    const [size, start] = [Number(view.getBigUint64(8, true)), Number(view.getBigUint64(16, true))];
    if (sentinel !== SENTINEL)
      throw new ReadError("malformed", `No constant begins at byte ${offset} of the weights.`, {
        file: weights.name,
        offset,
      });
    if (TYPES[type] !== dtype || size !== length) {
      throw new ReadError(
        "malformed",
        `A constant of ${dtype} with ${length} bytes should stand at byte ${offset} of the weights, but ${TYPES[type] ?? `type ${type}`} with ${size} bytes does.`,
        { file: weights.name, offset },
      );
    }
    assertInside(weights, start, length, "A constant");
    const release = context.budget.take(length, "a constant");
    try {
      return await readPieces(weights, start, length, context);
    } finally {
      release();
    }
  } finally {
    await weights.close?.();
  }
}

async function openWeights(model: Source, file: string, signal: AbortSignal | undefined): Promise<Source> {
  const name = file.startsWith(WEIGHTS) ? file.slice(WEIGHTS.length) : "";
  if (!isBareName(name)) {
    throw new ReadError(
      "refused",
      `The program places values in ${JSON.stringify(file)}; only files in the folder weights beside it are read.`,
    );
  }
  const folder = (await model.folder?.folder("weights", signal)) ?? null;
  const found = (await folder?.file(name, signal)) ?? null;
  if (found !== null) return found;
  throw new ReadError(
    "missing-sibling",
    `The values are in weights/${name}, which is not beside the program: open the whole .mlpackage.`,
  );
}
