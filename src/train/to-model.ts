import { createBudget } from "../budget.ts";
import { readKerasConfig } from "../format/keras/config.ts";
import { kerasModel } from "../format/keras/keras-model.ts";
import { type KerasWeight, kerasWeight, type WeightView } from "../format/keras/weight.ts";
import type { Model } from "../model/model.ts";
import type { Network, NetworkLayer } from "./network.ts";

/**
 * A network as the model that `open` would return for its file: the way from weights to pictures, summaries and
 * exports is the same whoever made the weights. Kernels are read as they are at the moment of the read.
 */
export function toModel(network: Network): Model {
  const budget = createBudget();
  const byLayer = new Map(
    network.layers
      .filter((layer) => layer.parameters.length > 0)
      .map((layer) => [layer.name, viewOf(layer.parameters.map((_, i) => weightOf(layer, i)))]),
  );
  return kerasModel({
    file: network.name,
    format: "keras",
    kerasVersion: null,
    config: readKerasConfig(network.json, null, budget),
    view: {
      weights: [...byLayer.values()].flatMap((view) => view.weights),
      split: (layers) => layers.map(({ name }) => byLayer.get(name) ?? null),
      inner: () => [],
    },
    units: [],
    optimizer: null,
    notes: [],
    axisOrder: undefined,
    budget,
    close: async () => undefined,
  });
}

/** The weights of one layer; nested models cannot be trained, so there is nothing to split further. */
function viewOf(weights: readonly KerasWeight[]): WeightView {
  return { weights, split: (layers) => layers.map(() => null), inner: (layers) => layers.map(() => null) };
}

function weightOf(layer: NetworkLayer, index: number): KerasWeight {
  const { name, shape } = layer.parameters[index]!;
  const about = { name: `${layer.name}/${name}`, scope: [layer.name], leaf: name, shape };
  return kerasWeight(about, () => ({
    name: about.name,
    dtype: "float32",
    shape,
    async readBytes() {
      return new Uint8Array(layer.getWeights()[index]!.buffer);
    },
  }));
}
