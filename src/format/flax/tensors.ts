import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { compareNatural } from "../../model/names.ts";
import type { Source } from "../../source/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chunkedArray, isChunked } from "./chunked.ts";
import { flaxTensor } from "./tensor.ts";
import { FLAX_NAMES_MOST, type FlaxMap, type FlaxNode } from "./tree.ts";

/** Parts of a training state that hold the optimizer's moments. */
const OPTIMIZER_STATE: ReadonlySet<string> = new Set(["opt_state", "optimizer_state"]);

/** The arrays of a tree, named as `flax.traverse_util.flatten_dict(…, sep="/")` names them. */
export interface FlaxTensors {
  readonly tensors: readonly Tensor[];
  /** Arrays of the optimizer's state, which were left out. */
  readonly left: number;
}

interface Place {
  readonly name: string;
  readonly node: FlaxNode;
  readonly optimizer: boolean;
}

/**
 * Flattens a tree. Maps whose keys are sorted by code, as JAX leaves them, are taken in natural order (`Conv_2` before
 * `Conv_10`), others in the file's.
 *
 * @throws ReadError `ambiguous` when two paths give one name, `malformed` for a chunked array that is none.
 */
export function flaxTensors(root: FlaxNode, source: Source, budget: Budget): FlaxTensors {
  const tensors = new Map<string, Tensor>();
  let left = 0;
  let names = 0;
  const alone = source.name.replace(/^.*[/\\]/, "").replace(/\.msgpack$/i, "");
  const pending: Place[] = [{ name: "", node: root, optimizer: false }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { name, node, optimizer } = place;
    if (typeof node !== "object" || node === null) continue;
    if ("children" in node && !isChunked(node)) {
      for (const child of childrenOf(place, node).reverse()) pending.push(child);
      budget.count(node.children.size, "parts of the tree");
      continue;
    }
    if (optimizer) {
      left++;
      continue;
    }
    names += name.length;
    if (names > FLAX_NAMES_MOST)
      throw new ReadError(
        "limit",
        `The names of the arrays are longer than ${FLAX_NAMES_MOST} characters together.`,
      );
    const { shape, chunks } = "children" in node ? chunkedArray(node, name) : { ...node, chunks: [node] };
    if (tensors.has(name))
      throw new ReadError(
        "ambiguous",
        `Two arrays of the tree are called ${JSON.stringify(name)} once their keys are joined.`,
      );
    tensors.set(name, flaxTensor(name === "" ? alone : name, shape, chunks, source));
  }
  return { tensors: [...tensors.values()], left };
}

function childrenOf({ name, optimizer }: Place, { children }: FlaxMap): Place[] {
  const keys = [...children.keys()];
  const sorted = keys.every((key, i) => i === 0 || keys[i - 1]! < key);
  // `flax.optim`, which older checkpoints are of, kept a target and its state.
  const old = children.has("target") && children.has("state");
  return (sorted ? keys.toSorted(compareNatural) : keys).map((key) => ({
    name: name === "" ? key : `${name}/${key}`,
    node: children.get(key)!,
    optimizer: optimizer || OPTIMIZER_STATE.has(key) || (old && key === "state"),
  }));
}
