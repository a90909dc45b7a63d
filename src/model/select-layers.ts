import { ReadError } from "../errors.ts";
import { escapeText, shorten } from "../text/escape.ts";
import { globMatcher, isGlob } from "../text/glob.ts";
import { nearestNames } from "../text/nearest.ts";
import type { ConvLayer, Model } from "./model.ts";

/** Names offered or listed in a message are cut to this many characters. */
const SHOWN = 80;

/**
 * The layers of `model` that `wanted` names, in the order of `wanted`, each once. A word is, in this order: an
 * exact layer name, an exact name of a kernel's tensor, `#N` (the layer's index, from 0) or a glob (`conv*`,
 * `block?.conv[12]`). No words at all means every layer.
 *
 * @throws ReadError `no-such-layer`, offering the nearest names, when a word fits no layer or the model has none.
 * @example
 * for (const layer of selectLayers(model, ["conv1", "layer2.*"])) await readKernel(layer);
 */
export function selectLayers(
  model: Pick<Model, "file" | "layers">,
  wanted: readonly string[] = [],
): readonly ConvLayer[] {
  const { file, layers } = model;
  if (layers.length === 0)
    throw new ReadError("no-such-layer", "The file has no convolution layers.", { file });
  if (wanted.length === 0) return layers;
  const found = new Set<ConvLayer>();
  for (const word of wanted) {
    const matching = layersFor(word, layers);
    if (matching.length === 0) throw new ReadError("no-such-layer", missing(word, layers), { file });
    for (const layer of matching) found.add(layer);
  }
  return [...found];
}

function layersFor(word: string, layers: readonly ConvLayer[]): readonly ConvLayer[] {
  const named = layers.filter((layer) => layer.name === word);
  if (named.length > 0) return named;
  const stored = layers.filter((layer) => layer.kernel.name === word);
  if (stored.length > 0) return stored;
  const index = /^#(\d+)$/.exec(word)?.[1];
  if (index !== undefined) return layers.filter((layer) => layer.index === Number(index));
  if (!isGlob(word)) return [];
  const matches = globMatcher(word);
  return layers.filter((layer) => matches(layer.name));
}

function missing(word: string, layers: readonly ConvLayer[]): string {
  const shown = quoted(word);
  const range = layers.length === 1 ? "only layer #0" : `layers #0 to #${layers.length - 1}`;
  if (/^#\d+$/.test(word)) return `There is no layer ${shown}: the file has ${range}.`;
  const names = layers.map((layer) => layer.name);
  const near = nearestNames(word, names).map(quoted);
  if (near.length > 0) {
    const choice = near.length === 1 ? near[0] : `${near.slice(0, -1).join(", ")} or ${near.at(-1)}`;
    return `There is no layer ${shown}; did you mean ${choice}?`;
  }
  const some = names.slice(0, 5).map(quoted).join(", ");
  const count = layers.length === 1 ? "1 layer" : `${layers.length} layers`;
  return `There is no layer ${shown}; the file has ${count}: ${some}${layers.length > 5 ? ", …" : ""}.`;
}

function quoted(name: string): string {
  return `"${escapeText(shorten(name, SHOWN))}"`;
}
