import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { DTYPES, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { readPieces, storedTensor } from "../stored-tensor.ts";
import type { FlaxArray } from "./array-header.ts";

/** An array, in one piece or in several, as a tensor. */
export function flaxTensor(
  name: string,
  shape: readonly number[],
  parts: readonly FlaxArray[],
  source: Source,
): Tensor {
  const { dtype, offset } = parts[0]!;
  if (!isDType(dtype)) {
    const unreadable = `Its dtype is ${JSON.stringify(dtype)}, which Kernelscope does not read.`;
    return storedTensor({ name, dtype, shape, source, offset, unreadable });
  }
  const nibbles = DTYPES[dtype].bits < 8;
  if (parts.length === 1 && !nibbles) return storedTensor({ name, dtype, shape, source, offset });
  return {
    name,
    dtype,
    shape,
    async readBytes(context) {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      const release = context.budget.take(length, "an array in pieces");
      try {
        const bytes = new Uint8Array(length);
        let at = 0;
        for (const part of parts) {
          const done = at;
          const piece = await readPieces(source, part.offset, part.length, {
            ...context,
            ...(context.onProgress === undefined
              ? {}
              : { onProgress: (read: number) => context.onProgress!(done + read, length) }),
          });
          bytes.set(piece, at);
          at += part.length;
        }
        return nibbles ? packed(bytes) : bytes;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new ReadError("limit", `There is not enough memory for an array of ${length} bytes.`, {
          cause: error,
        });
      } finally {
        release();
      }
    },
  };
}

/** 4-bit integers, which ml_dtypes keeps one a byte in its lower half, two a byte with the first one low. */
function packed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(Math.ceil(bytes.length / 2));
  for (let i = 0; i < bytes.length; i++) {
    result[i >> 1] = result[i >> 1]! | ((bytes[i]! & 15) << ((i & 1) * 4));
  }
  return result;
}
