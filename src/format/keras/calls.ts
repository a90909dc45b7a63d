import type { Extents } from "./config.ts";
import { isList, isObject, type PlainObject } from "./plain.ts";
import { isInteger, toExtents } from "./settings.ts";

/** A tensor that a call is given: the layer that makes it, the index of that layer's call as stated, the output. */
export interface StatedTensor {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
  /** Its shape, where the file says it (Keras 3). */
  readonly shape: Extents | null;
  /** The keyword it is passed by, when it is not positional. */
  readonly keyword: string | null;
}

/** One entry of a layer's `inbound_nodes`. */
export interface StatedCall {
  /** In the order in which Keras lists connections. */
  readonly tensors: readonly StatedTensor[];
  readonly args: readonly unknown[];
  readonly kwargs: PlainObject;
}

const NO_KWARGS: PlainObject = Object.freeze(Object.create(null));

/** A call without tensors, such as that of an InputLayer. */
export const EMPTY_CALL: StatedCall = { tensors: [], args: [], kwargs: NO_KWARGS };

/** Reads `inbound_nodes` in the dialects of Keras 2 and Keras 3; entries that make no sense have no tensors. */
export function readCalls(inboundNodes: unknown): readonly StatedCall[] {
  return isList(inboundNodes)
    ? inboundNodes.map((node) => (isObject(node) ? modernCall(node) : legacyCall(node)))
    : [];
}

/** Keras 3: `{args, kwargs}` with `__keras_tensor__` objects anywhere inside; tables are walked in key order. */
function modernCall(node: PlainObject): StatedCall {
  const args = isList(node.args) ? node.args : [];
  const kwargs = isObject(node.kwargs) ? node.kwargs : NO_KWARGS;
  const byName = sortedKeys(kwargs).flatMap((key) => modernTensors(kwargs[key], key));
  return { tensors: [...modernTensors(args, null), ...byName], args, kwargs };
}

/** Recursion is bounded by the depth that `toPlain` allows. */
function modernTensors(value: unknown, keyword: string | null): readonly StatedTensor[] {
  if (isList(value)) return value.flatMap((item) => modernTensors(item, keyword));
  if (!isObject(value)) return [];
  if (value.class_name !== "__keras_tensor__") {
    return sortedKeys(value).flatMap((key) => modernTensors(value[key], keyword));
  }
  const config = isObject(value.config) ? value.config : NO_KWARGS;
  const reference = toReference(config.keras_history);
  return reference === null ? [] : [{ ...reference, shape: toExtents(config.shape), keyword }];
}

/**
 * Keras 2: `[[layer, node, tensor, kwargs], …]`, for operations also one such list by itself, or with a constant
 * in the place of the first tensor. Every entry repeats the same kwargs, in which tensors are `[layer, 0, 0]`.
 */
function legacyCall(node: unknown): StatedCall {
  const leaves = legacyLeaves(node);
  const given = leaves[0]?.[3];
  const kwargs = isObject(given) ? given : NO_KWARGS;
  const first = leaves.flatMap((leaf) => legacyTensor(leaf, null));
  const byName = Object.keys(kwargs).flatMap((key) => legacyTensors(kwargs[key], key));
  return { tensors: [...first, ...byName], args: leaves[0]?.[0] === CONSTANT ? [leaves[0][2]] : [], kwargs };
}

/** Stands for a layer's name where the first argument is no tensor. */
const CONSTANT = "_CONSTANT_VALUE";

function legacyLeaves(value: unknown): readonly (readonly unknown[])[] {
  if (isList(value)) return isLeaf(value) ? [value] : value.flatMap(legacyLeaves);
  return isObject(value) ? sortedKeys(value).flatMap((key) => legacyLeaves(value[key])) : [];
}

function isLeaf(value: readonly unknown[]): boolean {
  return typeof value[0] === "string" && value.length >= 3 && isInteger(value[1]);
}

function legacyTensor(leaf: readonly unknown[], keyword: string | null): readonly StatedTensor[] {
  const reference = leaf[0] === CONSTANT ? null : toReference(leaf);
  return reference === null ? [] : [{ ...reference, shape: null, keyword }];
}

function legacyTensors(value: unknown, keyword: string): readonly StatedTensor[] {
  if (!isList(value)) return [];
  return isLeaf(value) ? legacyTensor(value, keyword) : value.flatMap((item) => legacyTensors(item, keyword));
}

/** `input_layers` or `output_layers`: one `[layer, node, tensor]`, or a list or table of them. */
export function readReferences(value: unknown): readonly StatedTensor[] {
  return legacyLeaves(value).flatMap((leaf) => legacyTensor(leaf, null));
}

function toReference(value: unknown): { layer: string; node: number; tensor: number } | null {
  if (!isList(value)) return null;
  const [layer, node, tensor] = value;
  return typeof layer === "string" && isInteger(node) && isInteger(tensor) ? { layer, node, tensor } : null;
}

/** Keys in the order in which Keras flattens a table. */
function sortedKeys(table: PlainObject): readonly string[] {
  return Object.keys(table).sort();
}
