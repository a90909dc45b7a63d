import { allWeights, type StoreNode } from "./store-tree.ts";
import type { LayerName, WeightView } from "./weight.ts";

/** Names of the group that holds a model's layers; the second in files of Keras 2.12 and 2.13. */
const CONTAINERS = ["layers", "_layer_checkpoint_dependencies"] as const;

/** Names of the groups of wrapped layers. Bidirectional's forward layer may stand under `layer`. */
const WRAPPED = [["layer", "cell"], ["forward_layer", "layer"], ["backward_layer"]] as const;

/** A layer's or a model's part of a Keras 3 store. */
export function storeView(node: StoreNode): WeightView {
  return {
    weights: allWeights(node),
    split: (layers) => splitLayers(node, layers),
    inner: (layers) => {
      const names = layers.length === 1 ? [WRAPPED[0]] : [WRAPPED[1], WRAPPED[2]];
      return layers.map((_, index) => {
        const child = names[index]
          ?.map((name) => node.children.get(name))
          .find((found) => found !== undefined);
        return child === undefined ? null : storeView(child);
      });
    },
  };
}

/**
 * Finds each layer's group. Groups are called by the class in snake case with a count per class; newer Keras
 * notes the layer's name beside, which then decides.
 */
function splitLayers(node: StoreNode, layers: readonly LayerName[]): (WeightView | null)[] {
  const container = CONTAINERS.map((name) => node.children.get(name)).find((child) => child !== undefined);
  if (container === undefined) return layers.map(() => null);
  const named = new Map([...container.children.values()].map((child) => [child.layerName, child]));
  const found = [...named.keys()].some((name) => name !== null)
    ? layers.map((layer) => groupNamed(named.get(layer.name), layer))
    : countedGroups(container, layers);
  return found.map((child) => (child === undefined ? null : storeView(child)));
}

function groupNamed(child: StoreNode | undefined, { className }: LayerName): StoreNode | undefined {
  return child?.name.replace(/_\d+$/, "") === snakeCase(className) ? child : undefined;
}

/**
 * Groups by counting. Keras 2.12 walks a list in which every layer with weights stands twice, so that its counts
 * go up by two; that is taken where it accounts for more of the groups.
 */
function countedGroups(container: StoreNode, layers: readonly LayerName[]): (StoreNode | undefined)[] {
  const once = count(container, layers, 1);
  const twice = count(container, layers, 2);
  const size = (found: readonly (StoreNode | undefined)[]): number => new Set(found.filter(Boolean)).size;
  return size(twice) > size(once) ? twice : once;
}

function count(container: StoreNode, layers: readonly LayerName[], step: number): (StoreNode | undefined)[] {
  const counts = new Map<string, number>();
  return layers.map(({ className }) => {
    const base = snakeCase(className);
    const index = counts.get(base) ?? 0;
    const group = container.children.get(index === 0 ? base : `${base}_${index}`);
    counts.set(base, index + (group === undefined ? 1 : step));
    return group;
  });
}

/** Keras's `to_snake_case`: `Conv2DTranspose` → `conv2d_transpose`, `ConvLSTM2D` → `conv_lstm2d`. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
