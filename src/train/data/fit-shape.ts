import { ReadError } from "../../errors.ts";
import { type ArrayData, expandDims, type NdArray, toCategorical } from "./array.ts";

/**
 * Inputs as a network takes them: an axis of extent 1 is added at the end where that is all that is missing, as
 * `expand_dims(x, -1)` does for pictures that are fed to a Conv3D.
 */
export function fitInputs(inputs: NdArray, inputShape: readonly number[]): NdArray {
  const found = inputs.shape.slice(1);
  const lacksOne = found.length === inputShape.length - 1 && inputShape.at(-1) === 1;
  return lacksOne && found.every((extent, i) => extent === inputShape[i]) ? expandDims(inputs, -1) : inputs;
}

/**
 * Labels as a loss takes them: class numbers become one-hot rows where the loss wants rows, and rows become class
 * numbers where it wants those.
 */
export function fitLabels(
  labels: NdArray,
  output: { readonly size: number; readonly sparse: boolean; readonly categorical: boolean },
): NdArray {
  const [count = 0] = labels.shape;
  const each = count === 0 ? 0 : labels.data.length / count;
  if (output.sparse && each === output.size && each > 1)
    return { data: classNumbers(labels.data, each), shape: [count] };
  if (output.categorical && each === 1 && output.size > 1) return toCategorical(labels.data, output.size);
  return labels;
}

function classNumbers(data: ArrayData, size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: data.length / size }, (_, row) => {
    const values = data.subarray(row * size, (row + 1) * size);
    const label = values.indexOf(1);
    if (label < 0) throw new ReadError("bad-option", `Row ${row} of the labels has no 1: it is not one-hot.`);
    return label;
  });
}
