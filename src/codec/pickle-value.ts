/**
 * What a pickle holds, as inert data: nothing is looked up, made or called. Python's plain values are JavaScript's
 * (`None` is null, `int` a number, or a bigint beyond 2^53, `float` a number, `str` a string), everything else is a
 * node. Nodes may be shared and may contain themselves: walk them with a visited set, and never by recursion.
 */
export type PickleValue = null | boolean | number | bigint | string | PickleNode;

/** A value that is more than a number or a short text. */
export type PickleNode =
  | PickleBytes
  | PickleText
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject
  | PicklePersistent;

/** `bytes`, `bytearray`, or a Python 2 `str` that is no UTF-8 or is long. Their content stays in the source. */
export interface PickleBytes {
  readonly kind: "bytes";
  /** Where the content lies in the source. */
  readonly offset: number;
  readonly length: number;
  /** The content, of short ones and of those that are escaped in the file; null: read it from the source. */
  readonly content: Uint8Array<ArrayBuffer> | null;
}

/** A text too long to be a name, left in the source as UTF-8. */
export interface PickleText {
  readonly kind: "text";
  readonly offset: number;
  readonly length: number;
}

/** `list`, `tuple`, `set` and `frozenset`. */
export interface PickleList {
  readonly kind: "list" | "tuple" | "set" | "frozenset";
  readonly items: PickleValue[];
}

/** A `dict`, in its order. Keys that are tuples or objects are told apart by identity. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: Map<PickleValue, PickleValue>;
}

/** A class or function, by the name under which Python would import it. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly module: string;
  /** May be dotted, such as `Outer.Inner`. Of an extension code, which only Python's registry can resolve: `extension N`. */
  readonly name: string;
}

/**
 * What Python would make by calling something: `callable(*args)`, then `__setstate__(state)`. Never called here.
 */
export interface PickleObject {
  readonly kind: "object";
  /** Mostly a global; hostile or unusual pickles have objects that make functions. */
  readonly callable: PickleValue;
  readonly args: readonly PickleValue[];
  /** Keyword arguments (NEWOBJ_EX), else null. */
  readonly keywords: PickleValue;
  /** What `__setstate__` would be given, or what would become the attributes; undefined when nothing was said. */
  state: PickleValue | undefined;
  /** What would be appended to it (lists' subclasses, deques). */
  readonly items: PickleValue[];
  /** What would be set in it (`OrderedDict`, `defaultdict`, dicts' subclasses). */
  readonly entries: Map<PickleValue, PickleValue>;
}

/** A reference to something outside the pickle; in PyTorch files, to a storage. */
export interface PicklePersistent {
  readonly kind: "persistent";
  readonly id: PickleValue;
}

/** The node of a kind. */
type NodeOf<K extends PickleNode["kind"]> = K extends PickleList["kind"]
  ? PickleList
  : Extract<PickleNode, { readonly kind: K }>;

/** Whether `value` is a node of `kind`. */
export function isPickleNode<K extends PickleNode["kind"]>(
  value: PickleValue | undefined,
  kind: K,
): value is NodeOf<K> {
  return typeof value === "object" && value !== null && value.kind === kind;
}

/** The items of a list or tuple; null for anything else. */
export function pickleItems(value: PickleValue | undefined): readonly PickleValue[] | null {
  return isPickleNode(value, "list") || isPickleNode(value, "tuple") ? value.items : null;
}

/** `module.name` of what an object would be made by, or of a global; null for anything else. */
export function pickleClass(value: PickleValue | undefined): string | null {
  const made = isPickleNode(value, "object") ? value.callable : value;
  return isPickleNode(made, "global") ? `${made.module}.${made.name}` : null;
}

/** Classes that are dicts with an order, a default or a count. */
const DICTS: ReadonlySet<string> = new Set([
  "collections.OrderedDict",
  "collections.defaultdict",
  "collections.Counter",
  "builtins.dict",
  "__builtin__.dict",
]);

/**
 * The entries of a `dict`, `OrderedDict` or `defaultdict`, also as Python 2 writes it (`OrderedDict([[key, value], …])`);
 * null for anything else. A subclass of dict that nobody knows is an object with `entries`.
 */
export function pickleEntries(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> | null {
  if (isPickleNode(value, "dict")) return value.entries;
  if (!isPickleNode(value, "object") || !DICTS.has(pickleClass(value) ?? "")) return null;
  const pairs = value.entries.size === 0 ? pickleItems(value.args[0]) : null;
  if (pairs === null) return value.entries;
  const entries = new Map<PickleValue, PickleValue>();
  for (const pair of pairs) {
    const items = pickleItems(pair);
    if (items?.length === 2) entries.set(items[0]!, items[1]!);
  }
  return entries;
}
