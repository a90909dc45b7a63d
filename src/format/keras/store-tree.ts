import { ReadError } from "../../errors.ts";
import type { Hdf5File } from "../hdf5/hdf5-file.ts";
import { sortAsSaved } from "./store-order.ts";
import { type KerasWeight, kerasWeight } from "./weight.ts";

/** A group of a Keras 3 weight store: a layer, a list of layers, or something that a layer owns. */
export interface StoreNode {
  /** The group's own name (`conv2d_1`), empty for the root. */
  readonly name: string;
  /** The layer's name as newer Keras notes it on `vars`; null in older files and for what has no name. */
  readonly layerName: string | null;
  /** Its own variables, by number. */
  readonly weights: KerasWeight[];
  /** In the order in which they were saved. */
  readonly children: Map<string, StoreNode>;
}

/** A weight of a store with its place. */
export interface StoreWeight {
  readonly weight: KerasWeight;
  /** Groups from the root to the layer. */
  readonly groups: readonly string[];
  readonly order: number;
}

/** What one or several HDF5 files of a Keras 3 store hold. */
export interface StoreContents {
  readonly weights: readonly StoreWeight[];
  /** Names of layers by the path of their group, `/` between the groups. */
  readonly layerNames: ReadonlyMap<string, string>;
}

/** Attributes that are read from Keras 3 stores. */
export const STORE_ATTRIBUTES: readonly string[] = ["name", "dtype"];

/** The group that holds a layer's variables. */
const VARS = "vars";

/** Reads the variables of one file of a store; null when it has none. `first` makes the order go on after another file's. */
export function readStore(file: Hdf5File, first = 0): StoreContents | null {
  const weights: StoreWeight[] = [];
  const layerNames = new Map<string, string>();
  for (const object of file.objects) {
    const parts = object.path.split("/").slice(1);
    if (parts.at(-1) === VARS && object.kind === "group") {
      const name = object.attributes.get("name")?.[0];
      if (typeof name === "string") layerNames.set(parts.slice(0, -1).join("/"), name);
    }
    if (parts.at(-2) !== VARS || object.kind === "group") continue;
    const name = parts.join("/");
    const groups = parts.slice(0, -2);
    const about = { name, scope: groups, leaf: parts.at(-1)!, shape: object.dataset?.shape ?? [] };
    const weight = kerasWeight(about, (stated) => file.tensor(object, name, stated));
    weights.push({ weight, groups, order: first + (object.address ?? 0) });
  }
  return weights.length === 0 && layerNames.size === 0 ? null : { weights, layerNames };
}

/**
 * Several files of one store as one.
 *
 * @throws ReadError `ambiguous` when two of them hold the same variable.
 */
export function joinStores(stores: readonly StoreContents[]): StoreContents {
  const names = new Set<string>();
  for (const { weight } of stores.flatMap(({ weights }) => weights)) {
    if (names.has(weight.name)) {
      throw new ReadError(
        "ambiguous",
        `Two of the files hold the variable ${JSON.stringify(weight.name)}, so it can be read in two ways.`,
      );
    }
    names.add(weight.name);
  }
  return {
    weights: stores.flatMap(({ weights }) => weights),
    layerNames: new Map(stores.flatMap(({ layerNames }) => [...layerNames])),
  };
}

/**
 * The store as a tree. Groups are in the order in which they were saved, told by where they lie in the file:
 * HDF5 itself lists them by name, `conv2d_10` before `conv2d_2`.
 */
export function storeTree({ weights, layerNames }: StoreContents): StoreNode {
  const root = emptyNode("", layerNames.get("") ?? null);
  const saved = new Map<StoreNode, number>();
  for (const { weight, groups, order } of weights) {
    let node = root;
    groups.forEach((name, index) => {
      let child = node.children.get(name);
      if (child === undefined) {
        child = emptyNode(name, layerNames.get(groups.slice(0, index + 1).join("/")) ?? null);
        node.children.set(name, child);
      }
      node = child;
    });
    node.weights.push(weight);
    saved.set(node, Math.max(order, saved.get(node) ?? 0));
  }
  sortWeights(root);
  sortAsSaved(root, (node) => saved.get(node) ?? 0);
  return root;
}

function emptyNode(name: string, layerName: string | null): StoreNode {
  return { name, layerName, weights: [], children: new Map() };
}

/** Variables are numbered; `10` comes after `9`. */
function sortWeights(root: StoreNode): void {
  const nodes = [root];
  for (const node of nodes) {
    node.weights.sort((a, b) => a.leaf.localeCompare(b.leaf, "en", { numeric: true }));
    nodes.push(...node.children.values());
  }
}

/** A node's own variables and those of everything below it, without the states of random generators. */
export function allWeights(node: StoreNode): KerasWeight[] {
  const weights: KerasWeight[] = [];
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    weights.push(...next.weights);
    const children = [...next.children.values()].filter((child) => !isState(child.name));
    pending.push(...children.toReversed());
  }
  return weights;
}

/** Whether a group holds what is no weight: random generators, metrics, losses in the making. */
export function isState(group: string): boolean {
  return /^(.*seed_generator(_\d+)?|_?(compile_)?_?metrics|_?loss_tracker)$/.test(group);
}

/** Whether a group holds an optimizer's variables, whatever a model of several calls them. */
export function isOptimizer(group: string): boolean {
  return /(^|_)optimizer(_\d+)?$/.test(group);
}
