import { ReadError } from "../errors.ts";
import { assertInside, type Source } from "../source/source.ts";
import { aligned } from "../tensor/bytes.ts";
import { byteLengthOf, countOf, DTYPES, isDType } from "../tensor/dtype.ts";
import type { Quantization, ReadContext, Tensor } from "../tensor/tensor.ts";

/** Where a tensor's bytes lie, packed, row-major and little-endian. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly source: Source;
  readonly offset: number;
  readonly quantization?: Quantization | undefined;
  readonly unreadable?: string | undefined;
}

/** Bytes asked for at once when progress is wanted. */
const PIECE = 8 * 1024 * 1024;

/** A tensor whose bytes stand in `source` just as `Tensor.readBytes` promises them. */
export function storedTensor({
  name,
  dtype,
  shape,
  source,
  offset,
  quantization,
  unreadable,
}: StoredTensor): Tensor {
  return {
    name,
    dtype,
    shape,
    ...(quantization === undefined ? {} : { quantization }),
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (unreadable !== undefined) throw new ReadError("unsupported", unreadable, { file: source.name });
      if (!isDType(dtype))
        throw new ReadError("unsupported", `It is stored as ${dtype}.`, { file: source.name });
      const length = byteLengthOf(dtype, countOf(shape));
      assertInside(source, offset, length, `The tensor ${JSON.stringify(name)}`);
      const bytes = await readPieces(source, offset, length, context);
      return aligned(bytes, Math.max(1, DTYPES[dtype].bits / 8));
    },
  };
}

/** One read, or several with progress in between. */
export async function readPieces(
  source: Source,
  offset: number,
  length: number,
  { signal, onProgress }: ReadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  if (onProgress === undefined || length <= PIECE) {
    const bytes = await source.read(offset, length, signal);
    onProgress?.(length, length);
    return bytes;
  }
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const piece = await source.read(offset + done, Math.min(PIECE, length - done), signal);
    bytes.set(piece, done);
    done += piece.length;
    onProgress(done, length);
  }
  return bytes;
}
