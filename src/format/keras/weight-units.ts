import type { LegacyFile, LegacyGroup } from "./legacy-weights.ts";
import { isOptimizer, isState, type StoreNode } from "./store-tree.ts";
import { snakeCase } from "./store-view.ts";
import type { KerasWeight } from "./weight.ts";

/** Weights that belong to one layer, where no config says what the layer is. */
export interface WeightUnit {
  readonly name: string;
  /** The class as far as names tell it; null when they do not. */
  readonly className: string | null;
  readonly weights: readonly KerasWeight[];
}

/** The layers that a Keras 2 file's names tell of: one per group and scope inside it. */
export function legacyUnits(file: LegacyFile): readonly WeightUnit[] {
  return file.groups.flatMap(({ layer, weights }: LegacyGroup) => {
    const byName = new Map<string, KerasWeight[]>();
    for (const weight of weights) {
      const name = unitName(layer, weight.scope);
      const unit = byName.get(name);
      if (unit === undefined) byName.set(name, [weight]);
      else unit.push(weight);
    }
    return [...byName].map(([name, unit]) => ({ name, className: null, weights: unit }));
  });
}

/** The layers that names alone tell of: one per scope. */
export function scopeUnits(weights: readonly KerasWeight[]): readonly WeightUnit[] {
  const byName = new Map<string, KerasWeight[]>();
  for (const weight of weights) {
    const name = weight.scope.join("/") || weight.leaf;
    const unit = byName.get(name);
    if (unit === undefined) byName.set(name, [weight]);
    else unit.push(weight);
  }
  return [...byName].map(([name, unit]) => ({ name, className: null, weights: unit }));
}

/** `encoder` and [`tower`, `encoder`, `conv`] → `encoder/conv`; a scope that does not name the layer goes below it. */
function unitName(layer: string, scope: readonly string[]): string {
  const own = layer.split("/");
  const start = scope.findIndex((_, index) => own.every((part, offset) => scope[index + offset] === part));
  return start < 0 ? [layer, ...scope].join("/") : scope.slice(start).join("/");
}

/** Groups whose name says where a layer is kept, not what it is. */
const PLACES: ReadonlySet<string> = new Set(["layers", "_layer_checkpoint_dependencies", "layer", "cell"]);

/** The layers of a Keras 3 store: every group with variables, but not optimizers, metrics and random generators. */
export function storeUnits(root: StoreNode): readonly WeightUnit[] {
  const units: WeightUnit[] = [];
  const hasNames = [...root.children.values()].some(namesAnything);
  const pending: Place[] = [{ node: root, names: [], className: null }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { node, names, className } = place;
    if (node.weights.length > 0) {
      units.push({ name: names.join("/") || node.layerName || "weights", className, weights: node.weights });
    }
    const children = [...node.children.values()].filter(({ name }) => !isState(name) && !isOptimizer(name));
    pending.push(...children.toReversed().map((child) => below(child, place, hasNames)));
  }
  return units;
}

interface Place {
  readonly node: StoreNode;
  readonly names: readonly string[];
  readonly className: string | null;
}

function below(child: StoreNode, { names, className }: Place, hasNames: boolean): Place {
  const own = classNamed(child.layerName) ?? classNamed(child.name);
  // Inside a wrapper the class is the inner layer's; a list of layers has no name where layers have some.
  if (PLACES.has(child.name)) return { node: child, names, className: own ?? className };
  const name = child.layerName ?? (hasNames ? null : child.name);
  return { node: child, names: name === null ? names : [...names, name], className: own };
}

function namesAnything(node: StoreNode): boolean {
  const nodes = [node];
  for (const next of nodes) {
    if (next.layerName !== null) return true;
    nodes.push(...next.children.values());
  }
  return false;
}

/** Classes that automatic names come from. */
const CLASSES: ReadonlyMap<string, string> = new Map(
  [
    ...["Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"],
    ...["DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"],
    ...["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "ConvLSTMCell"],
    ...["Dense", "EinsumDense", "Embedding", "MultiHeadAttention", "GroupedQueryAttention", "PReLU"],
    ...["BatchNormalization", "LayerNormalization", "GroupNormalization", "Normalization"],
    ...["LocallyConnected1D", "LocallyConnected2D"],
  ].map((className) => [snakeCase(className), className]),
);

/** The class behind an automatic name or a group's name (`conv2d_3` → `Conv2D`); null for names of people. */
function classNamed(name: string | null): string | null {
  return name === null ? null : (CLASSES.get(name.replace(/_\d+$/, "")) ?? null);
}
