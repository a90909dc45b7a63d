import type { Model } from "../../model/model.ts";
import type { OpenContext } from "../format.ts";
import type { KerasConfig } from "./config.ts";
import { kerasModel } from "./keras-model.ts";
import {
  allWeights,
  isOptimizer,
  isState,
  type StoreContents,
  type StoreNode,
  storeTree,
} from "./store-tree.ts";
import { storeView } from "./store-view.ts";
import { storeUnits } from "./weight-units.ts";

/** What is known about a Keras 3 store beside its weights. */
export interface StoreParts {
  readonly file: string;
  readonly format: string;
  readonly config: KerasConfig | null;
  readonly kerasVersion: string | null;
  readonly notes: readonly string[];
  readonly context: Pick<OpenContext, "budget" | "axisOrder">;
  close(): Promise<void>;
}

/** The model of a Keras 3 store, with or without its config. */
export function storeModel(contents: StoreContents, parts: StoreParts): Model {
  const root = storeTree(contents);
  const optimizers = [...root.children.values()].filter(({ name }) => isOptimizer(name));
  const optimizer = optimizers.flatMap(allWeights);
  const config = parts.config === null || parts.config.layers.length === 0 ? null : parts.config;
  const notes = config === null ? [...parts.notes, WEIGHTS_ONLY] : parts.notes;
  return kerasModel({
    ...parts,
    config,
    view: storeView(modelOnly(root)),
    units: storeUnits(root),
    optimizer: optimizers.length === 0 ? null : optimizer,
    notes,
    axisOrder: parts.context.axisOrder,
    budget: parts.context.budget,
  });
}

/** Why much stays unknown; said once for the whole file. */
const WEIGHTS_ONLY =
  "The file lists no layers of a config: strides, padding, dilation and groups of its convolutions are not known, and their order is the one in which they were saved.";

/** The tree without what is no part of the model: optimizers, metrics, random generators. */
function modelOnly(root: StoreNode): StoreNode {
  const children = [...root.children].filter(([name]) => !isOptimizer(name) && !isState(name));
  return { ...root, children: new Map(children) };
}
