import { ReadError } from "../../errors.ts";
import type { KerasConfig, KerasLayer } from "./config.ts";
import { CONV_CLASSES } from "./conv-classes.ts";
import type { KerasWeight, WeightView } from "./weight.ts";

/** A layer of the config with its weights in the file. */
export interface BoundLayer {
  readonly layer: KerasLayer;
  /** The outermost wrapper around it, or the layer itself: what is called in the model. */
  readonly owner: KerasLayer;
  /** Names from the top of the model, wrapped layers under their wrapper: the key of `FileWeights.byLayer`. */
  readonly path: string;
  /** As `path`, but a wrapper of one layer has one name: its own. */
  readonly name: string;
  readonly weights: readonly KerasWeight[];
}

/** The layers of a config, in order, with their weights. */
export interface BoundModel {
  readonly layers: readonly BoundLayer[];
  /** Names of convolutions that the config lists and the file holds no weights of. */
  readonly without: readonly string[];
}

/**
 * Gives every layer of `config` its weights. Recursion is bounded: `readKerasConfig` refuses configs nested
 * deeper than the budget's depth.
 *
 * @throws ReadError `ambiguous` when two layers of one model have the same name.
 */
export function bindWeights(config: KerasConfig, view: WeightView): BoundModel {
  const layers: BoundLayer[] = [];
  const without: string[] = [];
  const bind = (layer: KerasLayer, part: WeightView | null, place: Place): void => {
    if (part === null) {
      if (CONV_CLASSES.has(layer.className)) without.push(place.name);
      return;
    }
    const inside = layer.layers ?? layer.inner;
    if (inside === undefined || inside.length === 0) {
      layers.push({
        layer,
        owner: place.owner ?? layer,
        path: place.path,
        name: place.name,
        weights: part.weights,
      });
      return;
    }
    const isWrapper = layer.layers === undefined;
    if (!isWrapper) assertUnique(inside);
    const views = isWrapper ? part.inner(inside) : part.split(inside);
    inside.forEach((child, index) => {
      bind(child, views[index] ?? null, {
        path: `${place.path}/${child.name}`,
        name: isWrapper && inside.length === 1 ? place.name : `${place.name}/${child.name}`,
        owner: isWrapper ? (place.owner ?? layer) : null,
      });
    });
  };
  assertUnique(config.layers);
  const views = view.split(config.layers);
  config.layers.forEach((layer, index) => {
    bind(layer, views[index] ?? null, { path: layer.name, name: layer.name, owner: null });
  });
  return { layers, without };
}

/** Keras finds a layer's weights by its name, and refuses a model that has one name twice. */
function assertUnique(layers: readonly KerasLayer[]): void {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) {
      throw new ReadError("ambiguous", `The config names two layers of one model ${JSON.stringify(name)}.`);
    }
    names.add(name);
  }
}

interface Place {
  readonly path: string;
  readonly name: string;
  readonly owner: KerasLayer | null;
}
