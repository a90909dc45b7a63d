import type { Budget } from "../../budget.ts";
import { type ProtoField, protoFields, protoText, pushVarints } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";

/**
 * One object of a TensorFlow 2 model: of the graph in a checkpoint (`TrackableObject`) or of the one in a SavedModel
 * (`SavedObject`), whose messages share their field numbers as far as they are read here.
 */
export interface TrackedObject {
  /** Objects that this one owns, by the names of its attributes or by numbers in a list. */
  readonly children: readonly { readonly name: string; readonly id: number }[];
  /** In a checkpoint: what is stored of it. */
  readonly stored: readonly { readonly name: string; readonly fullName: string; readonly key: string }[];
  /** Objects that an optimizer keeps for variables. */
  readonly slots: readonly number[];
  /** In a SavedModel: the variable's own name, null for other objects. */
  readonly variable: { readonly name: string; readonly trainable: boolean } | null;
  /** In a SavedModel: names of the concrete functions of a function object. */
  readonly functions: readonly string[];
  /** In a SavedModel: the node of a constant in the main graph; empty for other objects. */
  readonly constant: string;
}

/** What was read of an object graph. */
export interface ObjectGraph {
  readonly objects: readonly TrackedObject[];
  /** Objects that a concrete function was traced with, in the order of its last arguments; by the function's name. */
  readonly captures: ReadonlyMap<string, readonly number[]>;
}

const WHAT = "The object graph";

/** Bytes of an object graph: it is read whole. */
const OBJECT_GRAPH_BYTES = 32 * 1024 * 1024;

/** @throws ReadError `limit` when an object graph has more bytes than OBJECT_GRAPH_BYTES. */
export function assertObjectGraph(size: number): void {
  if (size <= OBJECT_GRAPH_BYTES) return;
  throw new ReadError("limit", `The object graph has ${size} bytes; the limit is ${OBJECT_GRAPH_BYTES}.`);
}

/** Reads a `TrackableObjectGraph`, or a `SavedObjectGraph`. */
export function readObjectGraph(
  bytes: Uint8Array,
  kind: "checkpoint" | "model",
  budget: Budget,
): ObjectGraph {
  const objects: TrackedObject[] = [];
  const captures = new Map<string, readonly number[]>();
  for (const field of protoFields(bytes, budget, WHAT)) {
    if (field.wire !== 2) continue;
    const part = bytes.subarray(field.start, field.end);
    if (field.number === 1) objects.push(readObject(part, kind, budget));
    else if (field.number === 2 && kind === "model") readCaptures(part, captures, budget);
  }
  return { objects, captures };
}

function readObject(bytes: Uint8Array, kind: "checkpoint" | "model", budget: Budget): TrackedObject {
  const children: { name: string; id: number }[] = [];
  const stored: { name: string; fullName: string; key: string }[] = [];
  const slots: number[] = [];
  const functions: string[] = [];
  let variable: TrackedObject["variable"] = null;
  let constant = "";
  const inside = (field: ProtoField): Uint8Array => bytes.subarray(field.start, field.end);
  for (const field of protoFields(bytes, budget, WHAT)) {
    if (field.wire !== 2) continue;
    const part = inside(field);
    if (field.number === 1) {
      const { texts, numbers } = plainFields(part, budget);
      children.push({ name: texts.get(2) ?? "", id: numbers.get(1) ?? 0 });
    } else if (field.number === 3) slots.push(plainFields(part, budget).numbers.get(3) ?? 0);
    else if (kind === "checkpoint" && field.number === 2) {
      const { texts } = plainFields(part, budget);
      stored.push({ name: texts.get(1) ?? "", fullName: texts.get(2) ?? "", key: texts.get(3) ?? "" });
    } else if (kind === "model" && field.number === 6) functions.push(...textsOf(part, budget));
    else if (kind === "model" && field.number === 7) {
      const { texts, numbers } = plainFields(part, budget);
      variable = { name: texts.get(6) ?? "", trainable: (numbers.get(3) ?? 0) !== 0 };
    } else if (kind === "model" && field.number === 8)
      functions.push(plainFields(part, budget).texts.get(1) ?? "");
    else if (kind === "model" && field.number === 9) constant = plainFields(part, budget).texts.get(1) ?? "";
  }
  return { children, stored, slots, variable, functions, constant };
}

/** The last number and the last text of every field. */
function plainFields(
  bytes: Uint8Array,
  budget: Budget,
): { readonly texts: ReadonlyMap<number, string>; readonly numbers: ReadonlyMap<number, number> } {
  const texts = new Map<number, string>();
  const numbers = new Map<number, number>();
  for (const field of protoFields(bytes, budget, WHAT)) {
    if (field.wire === 2) texts.set(field.number, protoText(bytes, field));
    else if (field.wire === 0) numbers.set(field.number, field.value);
  }
  return { texts, numbers };
}

/** The texts of field 1, which is repeated. */
function textsOf(bytes: Uint8Array, budget: Budget): string[] {
  const texts: string[] = [];
  for (const field of protoFields(bytes, budget, WHAT)) {
    if (field.number === 1 && field.wire === 2) texts.push(protoText(bytes, field));
  }
  return texts;
}

/** One entry of the map of concrete functions: its name and its `SavedConcreteFunction`. */
function readCaptures(bytes: Uint8Array, captures: Map<string, readonly number[]>, budget: Budget): void {
  let name = "";
  const inputs: number[] = [];
  for (const field of protoFields(bytes, budget, WHAT)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) name = protoText(bytes, field);
    else if (field.number === 2) {
      const part = bytes.subarray(field.start, field.end);
      for (const inner of protoFields(part, budget, WHAT)) {
        if (inner.number === 2) pushVarints(inputs, part, inner, budget);
      }
    }
  }
  captures.set(name, inputs);
}

/** Objects that belong to training: what only they own is no part of the model. */
const TRAINING =
  /((^|_)optimizer(_\d+)?|^keras_api|^signatures|^save_counter|^_?(compile_)?_?metrics|loss_tracker|seed_generator(_\d+)?)$/;

/** A place in an object graph. */
export interface ObjectPath {
  readonly id: number;
  /** Names from the root, joined with `/`. */
  readonly path: string;
}

/**
 * The objects of a model in the order in which it owns them, each under its first path; what only an optimizer or a
 * metric owns is left out, save the model's own variables that Keras 3 keeps with the optimizer.
 */
export function modelObjects(graph: ObjectGraph, budget: Budget): readonly ObjectPath[] {
  const slots = new Set(graph.objects.flatMap((object) => object.slots));
  const seen = new Set<number>();
  const found: ObjectPath[] = [];
  const optimizers: ObjectPath[] = [];
  const walk = (start: ObjectPath): void => {
    const pending = [start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const object = graph.objects[at.id];
      if (object === undefined || seen.has(at.id) || slots.has(at.id)) continue;
      seen.add(at.id);
      budget.count(1, "objects of the model");
      found.push(at);
      for (const { name, id } of object.children.toReversed()) {
        const child = { id, path: at.path === "" ? name : `${at.path}/${name}` };
        if (!TRAINING.test(name)) pending.push(child);
        else if (/optimizer/.test(name)) optimizers.push(child);
      }
    }
  };
  walk({ id: 0, path: "" });
  for (const { id, path } of optimizers) {
    const kept = graph.objects[id]?.children.find(({ name }) => name === "_trainable_variables");
    if (kept !== undefined) walk({ id: kept.id, path: `${path}/${kept.name}` });
  }
  return found;
}
