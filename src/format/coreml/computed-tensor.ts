import { ReadError } from "../../errors.ts";
import { countOf, type DType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";

/**
 * A tensor whose values are worked out from what is stored. `compute` gives its bytes; they are not bounded by those
 * of the file, so they are accounted for first.
 */
export function computedTensor(
  name: string,
  dtype: DType,
  shape: readonly number[],
  compute: (context: ReadContext) => Promise<Uint8Array<ArrayBuffer>>,
): Tensor {
  return {
    name,
    dtype,
    shape,
    async readBytes(context) {
      const release = context.budget.take(countOf(shape) * 8, "a compressed tensor");
      try {
        return await compute(context);
      } finally {
        release();
      }
    },
  };
}

/**
 * The `count` integers of `bits` each in `bytes`: from the lowest bit of each byte upward (ML programs) or from the
 * highest downward (neural networks).
 *
 * @throws ReadError `malformed` when there are fewer bytes.
 */
export function unpackBits(
  bytes: Uint8Array,
  count: number,
  bits: number,
  order: "low" | "high",
): Uint8Array {
  if (Math.ceil((count * bits) / 8) > bytes.length)
    throw new ReadError(
      "malformed",
      `${count} values of ${bits} bits need more than the ${bytes.length} bytes that are there.`,
    );
  if (bits === 8) return bytes.subarray(0, count);
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) {
      const at = i * bits + bit;
      const byte = bytes[at >> 3]!;
      if (order === "low") value |= ((byte >> (at & 7)) & 1) << bit;
      else value = (value << 1) | ((byte >> (7 - (at & 7))) & 1);
    }
    values[i] = value;
  }
  return values;
}
