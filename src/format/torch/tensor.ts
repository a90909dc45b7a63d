import { isPickleNode, type PickleValue, pickleItems } from "../../codec/pickle-value.ts";
import { ReadError } from "../../errors.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { AffineQuantization, ReadContext, Tensor } from "../../tensor/tensor.ts";
import { storedDtype } from "./dtypes.ts";
import type { TorchQuantizer } from "./quantizer.ts";
import { isContiguous, type ReadableView, readView, spanOf } from "./read-view.ts";
import { isTensorNode, readTensorNode, type TorchView } from "./rebuild.ts";
import type { FindStorage } from "./storage.ts";

/** A tensor out of a view of a storage. Scales that are tensors themselves are read now. */
export async function torchTensor(
  name: string,
  view: TorchView,
  find: FindStorage,
  context: ReadContext,
): Promise<Tensor> {
  const dtype = storedDtype(view.dtype);
  const { shape, offset, strides, storage } = view;
  const scales = view.unreadable === null ? await readScales(view, find, context) : null;
  const unreadable = view.unreadable ?? (typeof scales === "string" ? scales : null);
  if (unreadable !== null || storage === null || !isDType(dtype)) {
    const why = unreadable ?? `Its dtype is ${dtype}, which Kernelscope does not read.`;
    return {
      name,
      dtype: isDType(dtype) && !/^u?int4$/.test(view.dtype) ? dtype : view.dtype,
      shape,
      unreadable: why,
      readBytes: () => Promise.reject(new ReadError("unsupported", why)),
    };
  }
  const readable: ReadableView = { dtype, shape, offset, strides, storage };
  const { length } = spanOf(readable);
  const whole = isContiguous(readable) && length === storage.size && length > 0;
  return {
    name,
    dtype,
    shape,
    ...(scales === null || typeof scales === "string" ? {} : { quantization: scales }),
    ...(whole && storage.checksum !== undefined ? { checksum: storage.checksum } : {}),
    readBytes: (read) => readView(readable, read),
  };
}

/** The numbers of a quantised tensor; null for others; a sentence when they cannot be had. */
async function readScales(
  { quantizer, shape, dtype }: TorchView,
  find: FindStorage,
  context: ReadContext,
): Promise<AffineQuantization | string | null> {
  if (quantizer === null) return null;
  const { axis } = quantizer;
  if (axis === null) {
    const { scale, zeroPoint } = quantizer as { readonly scale: number; readonly zeroPoint: number };
    return { scale: [scale], zeroPoint: [zeroPoint], axis: null };
  }
  return readChannels({ ...quantizer, axis }, shape[axis]!, dtype, find, context);
}

async function readChannels(
  { scale, zeroPoint, axis }: TorchQuantizer & { readonly axis: number },
  channels: number,
  dtype: string,
  find: FindStorage,
  context: ReadContext,
): Promise<AffineQuantization | string> {
  const scales = await readNumbers(scale, channels, find, context);
  const zeros = await readNumbers(zeroPoint, channels, find, context);
  if (scales === null || zeros === null) return "Its scales, one a channel, cannot be read.";
  if (scales.float32 || zeros.values.some((zero) => !Number.isInteger(zero)))
    return `It is ${dtype} with zero points that are no whole numbers, which Kernelscope does not read.`;
  return { scale: scales.values, zeroPoint: zeros.values, axis };
}

/** A short vector: a list of numbers, or a tensor that is read. */
async function readNumbers(
  value: PickleValue,
  count: number,
  find: FindStorage,
  context: ReadContext,
): Promise<{ readonly values: readonly number[]; readonly float32: boolean } | null> {
  const items = pickleItems(value);
  if (items !== null) {
    const values = items.filter((item) => typeof item === "number");
    return values.length === count && items.length === count ? { values, float32: false } : null;
  }
  const view = isPickleNode(value, "object") && isTensorNode(value) ? readTensorNode(value, find) : null;
  if (view === null || view.unreadable !== null || view.storage === null || !isDType(view.dtype)) return null;
  if (view.shape.length !== 1 || countOf(view.shape) !== count) return null;
  // Read while the file is opened, so that a hostile one must not have many.
  context.budget.count(count, "scales of quantised tensors");
  const readable: ReadableView = { ...view, dtype: view.dtype, storage: view.storage };
  const values = decode(await readView(readable, context), view.dtype, count);
  return { values: [...values], float32: view.dtype === "float32" };
}
