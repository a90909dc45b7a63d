import type { Budget } from "../../budget.ts";
import {
  isPickleNode,
  type PickleNode,
  type PickleObject,
  type PickleValue,
  pickleClass,
  pickleItems,
} from "../../codec/pickle-value.ts";
import { ReadError } from "../../errors.ts";
import { isTensorNode } from "../torch/rebuild.ts";
import type { ScriptObject, ScriptValue } from "./value.ts";

/** Characters of all names of tensors together: they are held in memory. */
export const SCRIPT_NAMES_MOST = 4 * 1024 * 1024;

/** The objects of an archive and the tensors in them. */
export interface ScriptObjects {
  readonly root: ScriptValue;
  /** Tensors by the names of their attributes, joined by dots; a shared one under its first name. */
  readonly tensors: ReadonlyMap<string, PickleObject>;
  /** Objects in the order in which they were met. */
  readonly objects: readonly ScriptObject[];
}

interface Job {
  readonly value: PickleValue;
  readonly path: string;
  readonly depth: number;
  put(value: ScriptValue): void;
}

/**
 * What the pickle of a TorchScript archive holds, as modules with attributes. Objects that are met again are the same
 * ones.
 *
 * @throws ReadError `limit` when it is nested too deeply or its names are too long.
 */
export function scriptObjects(pickle: PickleValue, name: string, budget: Budget): ScriptObjects {
  const known = new Map<PickleNode, ScriptValue>();
  const tensors = new Map<string, PickleObject>();
  const objects: ScriptObject[] = [];
  let names = 0;
  let root: ScriptValue = null;
  // A queue of stacks would be fairer to the order; pushing in reverse keeps the file's.
  const jobs: Job[] = [{ value: pickle, path: name, depth: 0, put: (value) => (root = value) }];
  for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
    const { value, path, depth, put } = job;
    budget.count(1, "values of the TorchScript archive");
    budget.enter(depth, "Modules of the TorchScript archive");
    if (typeof value !== "object" || value === null) {
      put(typeof value === "bigint" ? Number(value) : value);
      continue;
    }
    const before = known.get(value);
    if (before !== undefined) {
      put(before);
      continue;
    }
    const made = make(value, path, depth, jobs);
    known.set(value, made);
    put(made);
    if (isPickleNode(value, "object") && isTensorNode(value)) {
      names += path.length;
      if (names > SCRIPT_NAMES_MOST)
        throw new ReadError(
          "limit",
          `The names of the tensors are longer than ${SCRIPT_NAMES_MOST} characters together.`,
        );
      if (tensors.has(path))
        throw new ReadError(
          "ambiguous",
          `Two tensors of the TorchScript archive are called ${JSON.stringify(path)}.`,
        );
      tensors.set(path, value);
    }
    if (typeof made === "object" && made?.kind === "object") objects.push(made);
  }
  return { root, tensors, objects };
}

function make(value: PickleNode, path: string, depth: number, jobs: Job[]): ScriptValue {
  const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (isPickleNode(value, "object")) {
    const isTensor: boolean = isTensorNode(value);
    if (isTensor) return { kind: "tensor", id: path };
    const className = pickleClass(value) ?? "";
    // Lists and dicts of one type are made by functions that only say the type.
    if (className.startsWith("torch.jit._pickle."))
      return sequence(pickleItems(value.args[0]) ?? [value.args[0] ?? null], below, depth, jobs);
    const object: ScriptObject = { kind: "object", className, path, attributes: new Map(), state: undefined };
    const { state } = value;
    if (isPickleNode(state, "dict")) {
      for (const [key, inner] of [...state.entries].reverse()) {
        if (typeof key !== "string") continue;
        jobs.push({
          value: inner,
          path: below(key),
          depth: depth + 1,
          put: (made) => object.attributes.set(key, made),
        });
      }
    } else if (state !== undefined) {
      object.state = stateOf(state, className, below, depth, jobs, (made) => (object.state = made));
    }
    return object;
  }
  const items = pickleItems(value);
  if (items !== null) return sequence(items, below, depth, jobs);
  if (isPickleNode(value, "dict")) {
    const values: PickleValue[] = [];
    for (const [key, inner] of value.entries) if (typeof key === "string") values.push(inner);
    return sequence(values, below, depth, jobs);
  }
  return { kind: "tensor", id: `${path}?` };
}

/** Where quantised convolutions have their weight and bias (`__getstate__` of torch/ao/nn/quantized/modules/conv.py). */
const QUANTISED_PARTS: Readonly<Record<string, string>> = { 10: "weight", 11: "bias" };

/** What `__setstate__` is given; of a quantised convolution weight and bias get the names that they have in PyTorch. */
function stateOf(
  state: PickleValue,
  className: string,
  below: (key: string) => string,
  depth: number,
  jobs: Job[],
  put: (value: ScriptValue) => void,
): ScriptValue | undefined {
  const items = pickleItems(state);
  if (items === null || !/\.Conv\w*[123]d$/.test(className) || items.length < 12) {
    jobs.push({ value: state, path: below("state"), depth: depth + 1, put });
    return undefined;
  }
  const named = (key: string): string =>
    below(Object.hasOwn(QUANTISED_PARTS, key) ? QUANTISED_PARTS[key]! : `state.${key}`);
  return sequence(items, named, depth, jobs);
}

function sequence(
  items: readonly PickleValue[],
  below: (key: string) => string,
  depth: number,
  jobs: Job[],
): ScriptValue {
  const values = new Array<ScriptValue>(items.length).fill(null);
  for (const [i, item] of [...items.entries()].reverse()) {
    jobs.push({ value: item, path: below(String(i)), depth: depth + 1, put: (made) => (values[i] = made) });
  }
  return { kind: "sequence", items: values };
}
