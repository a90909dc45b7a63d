import type { LegacyFile } from "./legacy-weights.ts";
import type { KerasWeight, LayerName, WeightView } from "./weight.ts";

/** The weights of a whole Keras 2 file: one group per layer, in the order of the layers. */
export function legacyModelView(file: LegacyFile): WeightView {
  const byLayer = new Map(file.groups.map(({ layer, weights }) => [layer, weights]));
  const all = file.groups.flatMap(({ weights }) => weights);
  return {
    weights: all,
    split: (layers) =>
      layers.map(({ name }) => {
        const weights = byLayer.get(name);
        return weights === undefined || weights.length === 0 ? null : legacyView(weights);
      }),
    inner: () => [],
  };
}

/**
 * The weights of one layer's group. Keras 2 flattens nested models into one list; whose a weight is, its name
 * says (`encoder_conv_a/kernel`), to which TensorFlow 1 may have added a count (`encoder_conv_a_1/kernel`).
 */
export function legacyView(weights: readonly KerasWeight[]): WeightView {
  const split = (layers: readonly LayerName[]): readonly (WeightView | null)[] => {
    const owners = ownersByName(layers);
    const parts = layers.map((): KerasWeight[] => []);
    const leftover: KerasWeight[] = [];
    for (const weight of weights) {
      const owner = ownerOf(weight, owners);
      if (owner === null) leftover.push(weight);
      else parts[owner]!.push(weight);
    }
    if (leftover.length > 0) giveInOrder(leftover, layers, parts);
    return parts.map((part) => (part.length === 0 ? null : legacyView(part)));
  };
  return {
    weights,
    split,
    inner: (layers) => (layers.length === 1 ? [legacyView(weights)] : splitOrHalve(weights, layers, split)),
  };
}

/** For the names of `layers` and of all layers below them, the index of the layer; the first one has a name. */
function ownersByName(layers: readonly LayerName[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  layers.forEach((top, index) => {
    const pending = [top];
    for (const layer of pending) {
      if (!owners.has(layer.name)) owners.set(layer.name, index);
      pending.push(...(layer.layers ?? []), ...(layer.inner ?? []));
    }
  });
  return owners;
}

function ownerOf({ scope }: KerasWeight, owners: ReadonlyMap<string, number>): number | null {
  const uncounted = scope.map((part) => part.replace(/_\d+$/, ""));
  for (const part of [...scope, ...uncounted]) {
    const owner = owners.get(part);
    if (owner !== undefined) return owner;
  }
  return null;
}

/** Weights whose names say nothing belong, scope by scope, to the layers that have none yet, in order. */
function giveInOrder(
  leftover: readonly KerasWeight[],
  layers: readonly LayerName[],
  parts: readonly KerasWeight[][],
): void {
  const byScope = new Map<string, KerasWeight[]>();
  for (const weight of leftover) {
    const scope = weight.scope.join("/");
    byScope.set(scope, [...(byScope.get(scope) ?? []), weight]);
  }
  const empty = layers.flatMap(({ className }, index) =>
    parts[index]!.length === 0 && HAS_WEIGHTS.test(className) ? [index] : [],
  );
  if (byScope.size !== empty.length) return;
  for (const [position, weights] of [...byScope.values()].entries())
    parts[empty[position]!]!.push(...weights);
}

/** Classes that always have weights, as far as counting them needs to know. */
const HAS_WEIGHTS =
  /^(.*Conv.*|Dense|Embedding|BatchNormalization|LayerNormalization|LSTM|GRU|SimpleRNN|PReLU|Bidirectional)$/;

/** Forward and backward halves: by their names, or, where those say nothing, first and second half. */
function splitOrHalve(
  weights: readonly KerasWeight[],
  layers: readonly LayerName[],
  split: (layers: readonly LayerName[]) => readonly (WeightView | null)[],
): readonly (WeightView | null)[] {
  const named = split(layers);
  if (named.every((view) => view !== null) || layers.length !== 2) return named;
  const half = weights.length / 2;
  return Number.isInteger(half)
    ? [legacyView(weights.slice(0, half)), legacyView(weights.slice(half))]
    : named;
}
