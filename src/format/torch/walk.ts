import type { Budget } from "../../budget.ts";
import {
  isPickleNode,
  type PickleObject,
  type PickleValue,
  pickleClass,
  pickleEntries,
  pickleItems,
} from "../../codec/pickle-value.ts";
import { type PickledArray, readPickledArray } from "../pickled-array.ts";
import { assertTensors } from "../tensors-most.ts";
import { readModule, type TorchModule } from "./module.ts";
import { arrayInside, isTensorNode } from "./rebuild.ts";

/** A tensor met on the way through a checkpoint. */
export interface FoundTensor {
  /** The keys that lead to it from the root, its own last. */
  readonly path: readonly string[];
  /** How many of them lead to the outermost module that holds it; null outside modules. */
  readonly modulePath: number | null;
  readonly value: PickleObject | PickledArray;
  /** Whether it belongs to an optimizer's state. */
  readonly optimizer: boolean;
}

/** A module met on the way. */
export interface FoundModule {
  readonly path: readonly string[];
  readonly module: TorchModule;
}

/** All that a checkpoint holds. */
export interface Checkpoint {
  readonly tensors: readonly FoundTensor[];
  readonly modules: readonly FoundModule[];
  /** Whether something lay too deep to be looked at. */
  readonly tooDeep: boolean;
}

type Child = readonly [key: string, value: PickleValue];

/** A container on the way, and what of it is still to be looked at. */
interface Frame {
  readonly path: readonly string[];
  readonly modulePath: number | null;
  readonly optimizer: boolean;
  /** Whether it is a module, or in one: what its parts are called says nothing about optimizers. */
  readonly inModule: boolean;
  readonly children: Iterator<Child, void>;
}

/** What is known of the root. */
const START = { modulePath: null, inModule: false, optimizer: false } as const;

/** Keys under which training keeps what is no model. */
const OPTIMIZER_KEY = /optim|^opt([A-Z_\d]|$)|(^|_)opt$|scheduler|^scaler$|^lr_sched/;

/**
 * Walks a checkpoint: dicts, lists, modules and other objects, each once, without recursion, in their order.
 *
 * @throws ReadError `limit` when there are too many tensors.
 */
export function walkCheckpoint(root: PickleValue, budget: Budget): Checkpoint {
  const tensors: FoundTensor[] = [];
  const modules: FoundModule[] = [];
  const visited = new Set<PickleValue>();
  const frames: Frame[] = [];
  let tooDeep = false;
  let counted = 0;

  const meet = (value: PickleValue, path: readonly string[], from: Frame | null): void => {
    const { modulePath, inModule, optimizer } = from ?? START;
    if (++counted % 1024 === 0) budget.count(1024, "values in its checkpoint");
    const array = readPickledArray(arrayInside(value) ?? value);
    if (array !== null || isTensorNode(value)) {
      assertTensors(tensors.length + 1);
      tensors.push({ path, modulePath, optimizer, value: array ?? (value as PickleObject) });
      return;
    }
    if (visited.has(value)) return;
    visited.add(value);
    if (path.length >= budget.limits.depth) {
      tooDeep = true;
      return;
    }
    const module = readModule(value);
    if (module !== null) modules.push({ path, module });
    frames.push({
      path,
      modulePath: modulePath ?? (module === null ? null : path.length),
      optimizer:
        optimizer ||
        (!inModule && OPTIMIZER_KEY.test(path.at(-1) ?? "")) ||
        (module === null && isOptimizer(value)),
      inModule: inModule || module !== null,
      children: (module?.children ?? childrenOf(value))[Symbol.iterator](),
    });
  };

  if (isContainer(root)) meet(root, [], null);
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const next = frame.children.next();
    if (next.done === true) {
      frames.pop();
      continue;
    }
    const [key, value] = next.value;
    if (!isContainer(value)) continue;
    meet(value, [...frame.path, key], frame);
  }
  return { tensors, modules, tooDeep };
}

/** What a container or an object of an unknown class holds, with names. */
function* childrenOf(value: PickleValue): Generator<Child, void> {
  const items = pickleItems(value);
  if (items !== null) return yield* numbered(items);
  const entries = pickleEntries(value);
  if (entries !== null) return yield* named(entries);
  if (!isPickleNode(value, "object")) return;
  // A wrapper such as torch.compile's is made with the module that it wraps.
  yield* numbered(value.args);
  yield* named(value.entries);
  // The state is the attributes, or a pair of them and of the slots.
  if (isPickleNode(value.state, "dict")) yield* named(value.state.entries);
  for (const state of pickleItems(value.state) ?? []) {
    if (isPickleNode(state, "dict")) yield* named(state.entries);
  }
  yield* numbered(value.items);
}

function* named(entries: ReadonlyMap<PickleValue, PickleValue>): Generator<Child, void> {
  let index = 0;
  for (const [key, child] of entries) {
    if (isContainer(child)) yield [typeof key === "object" ? `(${index})` : String(key), child];
    index++;
  }
}

function* numbered(items: readonly PickleValue[]): Generator<Child, void> {
  // Only what can hold tensors: a list may hold a million numbers.
  for (const [i, item] of items.entries()) if (isContainer(item)) yield [String(i), item];
}

/** Whether a value can hold tensors, or be one. */
function isContainer(value: PickleValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { kind } = value;
  return kind === "object" || kind === "dict" || kind === "list" || kind === "tuple";
}

/** What `optimizer.state_dict()` looks like, or an optimizer itself. */
function isOptimizer(value: PickleValue): boolean {
  if (/^torch\.optim\./.test(pickleClass(value) ?? "")) return true;
  const entries = pickleEntries(value);
  return entries?.has("param_groups") === true && entries.has("state");
}
