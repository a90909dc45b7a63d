import { createBudget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { open } from "../../format/open.ts";
import type { Source } from "../../source/source.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { NdArray } from "./array.ts";

/**
 * The arrays of an .npy or .npz by name. Bytes (uint8) stay bytes, which networks take as `value / 255`; all other
 * numbers become float32.
 *
 * @throws ReadError when it is neither, or an array holds no numbers
 */
export async function readArrays(source: Source): Promise<ReadonlyMap<string, NdArray>> {
  const budget = createBudget();
  const model = await open(source, { budget });
  if (model.format !== "npy" && model.format !== "npz") {
    throw new ReadError("unsupported", `Arrays come as .npy or .npz; this is ${model.format}.`, {
      file: source.name,
    });
  }
  const arrays = new Map<string, NdArray>();
  for (const tensor of model.tensors) {
    const { dtype, shape } = tensor;
    if (tensor.unreadable !== undefined || !isDType(dtype)) {
      throw new ReadError("unsupported", tensor.unreadable ?? `${tensor.name} is stored as ${dtype}.`, {
        file: source.name,
      });
    }
    const bytes = await tensor.readBytes({ budget });
    const data = dtype === "uint8" ? bytes : decode(bytes, dtype, countOf(shape));
    arrays.set(tensor.name, {
      data: data instanceof Uint8Array || data instanceof Float32Array ? data : Float32Array.from(data),
      shape,
    });
  }
  await model.close();
  return arrays;
}
