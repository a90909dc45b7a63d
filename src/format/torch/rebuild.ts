import {
  isPickleNode,
  type PickleNode,
  type PickleObject,
  type PickleValue,
  pickleClass,
  pickleItems,
} from "../../codec/pickle-value.ts";
import { ReadError } from "../../errors.ts";
import { countOf } from "../../tensor/dtype.ts";
import { dtypeName, elementSize, UNTYPED, whyUnreadable } from "./dtypes.ts";
import { readQuantizer, type TorchQuantizer } from "./quantizer.ts";
import { type FindStorage, isCount, type TorchStorage } from "./storage.ts";

/** A tensor as the pickle describes it: a view of a storage. */
export interface TorchView {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly strides: readonly number[];
  /** Null when there is none (`unreadable` is set). */
  readonly storage: TorchStorage | null;
  readonly quantizer: TorchQuantizer | null;
  /** What a parameter says; null for other tensors. */
  readonly requiresGrad: boolean | null;
  readonly unreadable: string | null;
}

/** A pickle's way to make a tensor: from the arguments of the call, which is never made. */
type Rebuild = (args: readonly PickleValue[], find: FindStorage) => TorchView;

/**
 * PyTorch's own functions that make tensors (torch/_utils.py), by the arguments that they would be given. What is not
 * in this table stays an inert value.
 */
const REBUILD: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  ["torch._utils._rebuild_tensor", (args, find) => strided(args, find)],
  ["torch._utils._rebuild_tensor_v2", (args, find) => strided(args, find)],
  ["torch._utils._rebuild_tensor_v3", (args, find) => strided(args, find, { dtype: args[6] })],
  ["torch._utils._rebuild_qtensor", (args, find) => strided(args, find, { quantizer: args[4] })],
  [
    "torch._utils._rebuild_sparse_tensor",
    ([, data]) => {
      const parts = pickleItems(data) ?? [];
      return none(
        parts.find((part) => sizesOf(part) !== null && pickleClass(part) === "torch.Size") ?? parts[2],
        "sparse",
        "It is a sparse tensor, which Kernelscope does not read.",
      );
    },
  ],
  [
    "torch._utils._rebuild_meta_tensor_no_storage",
    ([dtype, size]) =>
      none(size, dtype, "It was saved on the device “meta”: the file holds no values for it."),
  ],
  [
    "torch._utils._rebuild_wrapper_subclass",
    ([type, dtype, size]) =>
      none(
        size,
        dtype,
        `It is a ${nameOf(type)}, a tensor of another library's own kind, which Kernelscope does not read.`,
      ),
  ],
  [
    "torch._utils._rebuild_nested_tensor",
    () => none(null, "nested", "It is a nested tensor, which Kernelscope does not read."),
  ],
  [
    "torch.nn.parameter.UninitializedParameter",
    ([, , dtype]) => none(null, dtype, "It was never initialised: the file holds no values for it."),
  ],
  [
    "torch.nn.parameter.UninitializedBuffer",
    ([, , dtype]) => none(null, dtype, "It was never initialised: the file holds no values for it."),
  ],
]);

/** What stands for a storage where `pickle.dump` wrote a tensor: a function and a whole stream of PyTorch's. */
export const STORAGE_BYTES = "torch.storage._load_from_bytes";

/** Functions whose first argument is the tensor. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "torch._utils._rebuild_parameter",
  "torch._utils._rebuild_parameter_with_state",
  "torch._utils._rebuild_device_tensor_from_cpu_tensor",
  "torch.nn.parameter.Parameter",
  "torch.nn.parameter.Buffer",
]);

/** Functions that call another one: `(function, type, arguments, state)`. */
const TYPED: ReadonlySet<string> = new Set([
  "torch._tensor._rebuild_from_type",
  "torch._tensor._rebuild_from_type_v2",
  "torch.tensor._rebuild_from_type",
]);

/** Most wrappers around one tensor; PyTorch nests two. */
const WRAPPED_MOST = 16;

/** Whether `value` would become a tensor. */
export function isTensorNode(value: PickleValue | undefined): value is PickleObject {
  const name = isPickleNode(value, "object") ? pickleClass(value) : null;
  return name !== null && (REBUILD.has(name) || WRAPPERS.has(name) || TYPED.has(name));
}

/** The array inside a tensor that went through NumPy (`_rebuild_device_tensor_from_numpy`), else null. */
export function arrayInside(value: PickleValue | undefined): PickleValue | null {
  const name = isPickleNode(value, "object") ? pickleClass(value) : null;
  const found =
    name === "torch._utils._rebuild_device_tensor_from_numpy" || name === "torch._utils._rebuild_xla_tensor";
  return found ? ((value as PickleObject).args[0] ?? null) : null;
}

/**
 * The view that a tensor node describes; null when, under its wrappers, there is no tensor.
 *
 * @throws ReadError `malformed` when it contradicts itself or its storage.
 */
export function readTensorNode(node: PickleObject, find: FindStorage): TorchView | null {
  let name = pickleClass(node);
  let { args } = node;
  let requiresGrad: boolean | null = null;
  for (let depth = 0; depth < WRAPPED_MOST; depth++) {
    const rebuild = REBUILD.get(name ?? "");
    if (rebuild !== undefined) return { ...rebuild(args, find), requiresGrad };
    if (TYPED.has(name ?? "")) {
      name = pickleClass(args[0]);
      args = pickleItems(args[2]) ?? [];
      continue;
    }
    if (!WRAPPERS.has(name ?? "")) return null;
    const inner = args[0];
    if (!isPickleNode(inner, "object")) return null;
    if (typeof args[1] === "boolean") requiresGrad ??= args[1];
    name = pickleClass(inner);
    args = inner.args;
  }
  return null;
}

/** The whole numbers of a `torch.Size`, tuple or list; null for anything else. */
export function sizesOf(value: PickleValue | undefined): number[] | null {
  const inner = pickleClass(value) === "torch.Size" && isPickleNode(value, "object") ? value.args[0] : value;
  const items = pickleItems(inner);
  return items?.every(isCount) === true ? [...(items as number[])] : null;
}

function strided(
  args: readonly PickleValue[],
  find: FindStorage,
  more: { readonly dtype?: PickleValue | undefined; readonly quantizer?: PickleValue | undefined } = {},
): TorchView {
  const [reference, offset, size, stride] = args;
  const shape = sizesOf(size);
  const strides = sizesOf(stride);
  if (!isPickleNode(reference, "persistent") && pickleClass(reference) !== STORAGE_BYTES)
    throw malformed("A tensor of the PyTorch file has no storage.");
  if (shape === null || strides === null || shape.length !== strides.length || !isCount(offset)) {
    throw malformed(
      "A tensor of the PyTorch file should have a size and a stride of as many whole numbers, and an offset.",
    );
  }
  const storage = find(reference as PickleNode);
  const told = more.dtype === undefined ? null : dtypeName(more.dtype);
  if (more.dtype !== undefined && told === null)
    throw malformed("A tensor of the PyTorch file has no known dtype.");
  const dtype = told ?? (storage.dtype === UNTYPED ? "uint8" : storage.dtype);
  assertInStorage(dtype, shape, strides, offset, storage);
  return {
    dtype,
    shape,
    strides,
    offset,
    storage,
    quantizer: more.quantizer === undefined ? null : readQuantizer(more.quantizer, shape),
    requiresGrad: null,
    unreadable: whyUnreadable(dtype) ?? whyExpanded(shape, storage, dtype) ?? whySwapped(storage, dtype),
  };
}

/** Throws unless the last element of the view lies in the storage. */
function assertInStorage(
  dtype: string,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  storage: TorchStorage,
): void {
  const count = countOf(shape);
  if (!Number.isSafeInteger(count))
    throw malformed(`A tensor has shape [${shape.join(", ")}], which cannot be.`);
  if (count === 0) return;
  const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, offset);
  const size = elementSize(dtype) ?? 1;
  if ((last + 1) * size <= storage.size) return;
  throw malformed(
    `A tensor of shape [${shape.join(", ")}] reaches element ${last} of its storage ${JSON.stringify(storage.key)}, which has ${Math.floor(storage.size / size)} elements.`,
  );
}

/** No kernel shows one value at many places; a few bytes could stand for terabytes. */
function whyExpanded(shape: readonly number[], storage: TorchStorage, dtype: string): string | null {
  const size = elementSize(dtype) ?? 1;
  if (countOf(shape) * size <= storage.size) return null;
  return `It has more values than its storage of ${storage.size} bytes: an expanded view, which shows some values at many places.`;
}

/** PyTorch swaps the bytes of typed storages only. */
function whySwapped(storage: TorchStorage, dtype: string): string | null {
  if (!storage.bigEndian || storage.dtype !== UNTYPED || elementSize(dtype) === 1) return null;
  return "It was saved on a big-endian machine in a storage without a type, which PyTorch itself does not turn around.";
}

/** A tensor without values. */
function none(size: PickleValue | undefined, dtype: PickleValue | undefined, unreadable: string): TorchView {
  return {
    dtype: typeof dtype === "string" ? dtype : (dtypeName(dtype) ?? "unknown"),
    shape: sizesOf(size) ?? [],
    offset: 0,
    strides: [],
    storage: null,
    quantizer: null,
    requiresGrad: null,
    unreadable,
  };
}

function nameOf(value: PickleValue | undefined): string {
  return isPickleNode(value, "global") ? value.name : "tensor";
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
