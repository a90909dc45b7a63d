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

interface Step {
  readonly value: PickleValue;
  readonly path: readonly string[];
  readonly modulePath: number | null;
  readonly optimizer: boolean;
}

/** Keys under which training keeps what is no model. */
const OPTIMIZER_KEY = /optim|^opt([A-Z_\d]|$)|(^|_)opt$|scheduler|^scaler$|^lr_sched/;

/**
 * Walks a checkpoint: dicts, lists, modules and other objects, each once, without recursion, in their order.
 */
export function walkCheckpoint(root: PickleValue, budget: Budget): Checkpoint {
  const tensors: FoundTensor[] = [];
  const modules: FoundModule[] = [];
  const visited = new Set<PickleValue>();
  const steps: Step[] = [{ value: root, path: [], modulePath: null, optimizer: false }];
  let tooDeep = false;
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { value, path, modulePath, optimizer } = step;
    if (typeof value !== "object" || value === null) continue;
    budget.count(1, "values in its checkpoint");
    const array = readPickledArray(arrayInside(value) ?? value);
    if (array !== null || isTensorNode(value)) {
      tensors.push({ path, modulePath, optimizer, value: array ?? (value as PickleObject) });
      continue;
    }
    if (visited.has(value)) continue;
    visited.add(value);
    if (path.length >= budget.limits.depth) {
      tooDeep = true;
      continue;
    }
    const module = readModule(value);
    if (module !== null) modules.push({ path, module });
    const children = module?.children ?? childrenOf(value);
    const inOptimizer = optimizer || (module === null && isOptimizer(value));
    // The last is taken first.
    for (let i = children.length - 1; i >= 0; i--) {
      const [key, child] = children[i]!;
      steps.push({
        value: child,
        path: [...path, key],
        modulePath: modulePath ?? (module === null ? null : path.length),
        optimizer: inOptimizer || (module === null && modulePath === null && OPTIMIZER_KEY.test(key)),
      });
    }
  }
  return { tensors, modules, tooDeep };
}

/** What a container or an object of an unknown class holds, with names. */
function childrenOf(value: PickleValue): readonly (readonly [string, PickleValue])[] {
  const items = pickleItems(value);
  if (items !== null) return numbered(items);
  const entries = pickleEntries(value);
  if (entries !== null) return named(entries);
  if (!isPickleNode(value, "object")) return [];
  // The state is the attributes, or a pair of them and of the slots.
  const states = [value.state, ...(pickleItems(value.state) ?? [])];
  return [
    // A wrapper such as torch.compile's is made with the module that it wraps.
    ...numbered(value.args),
    ...named(value.entries),
    ...states.flatMap((state) => (isPickleNode(state, "dict") ? named(state.entries) : [])),
    ...numbered(value.items),
  ];
}

function named(entries: ReadonlyMap<PickleValue, PickleValue>): (readonly [string, PickleValue])[] {
  const children: (readonly [string, PickleValue])[] = [];
  let index = 0;
  for (const [key, child] of entries) {
    if (isContainer(child)) children.push([keyText(key, index), child]);
    index++;
  }
  return children;
}

function numbered(items: readonly PickleValue[]): (readonly [string, PickleValue])[] {
  const children: (readonly [string, PickleValue])[] = [];
  for (const [i, item] of items.entries()) if (isContainer(item)) children.push([String(i), item]);
  return children;
}

/** Whether a value can hold tensors, or be one: a list may hold a million numbers, which cost nothing here. */
function isContainer(value: PickleValue): boolean {
  return typeof value === "object" && value !== null && /^(list|tuple|dict|object)$/.test(value.kind);
}

function keyText(key: PickleValue, index: number): string {
  return typeof key === "object" || key === null ? `(${index})` : String(key);
}

/** What `optimizer.state_dict()` looks like, or an optimizer itself. */
function isOptimizer(value: PickleValue): boolean {
  if (/^torch\.optim\./.test(pickleClass(value) ?? "")) return true;
  const entries = pickleEntries(value);
  return entries?.has("param_groups") === true && entries.has("state");
}
