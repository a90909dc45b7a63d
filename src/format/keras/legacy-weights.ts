import { ReadError } from "../../errors.ts";
import type { Hdf5File } from "../hdf5/hdf5-file.ts";
import type { Hdf5Object } from "../hdf5/protocol.ts";
import { type KerasWeight, kerasWeight } from "./weight.ts";

/** The weights of one layer of the model, as a Keras 2 file groups them. */
export interface LegacyGroup {
  readonly layer: string;
  readonly weights: readonly KerasWeight[];
}

/** What a Keras 2 HDF5 file holds: a whole model or its weights only. */
export interface LegacyFile {
  /** In the order of the model's layers. */
  readonly groups: readonly LegacyGroup[];
  /** The optimizer's variables; null when the file holds none. */
  readonly optimizer: readonly KerasWeight[] | null;
  /** JSON texts; null when the file holds weights only. */
  readonly modelConfig: string | null;
  readonly trainingConfig: string | null;
  readonly kerasVersion: string | null;
  /** Weights and layers that the file names but does not hold. */
  readonly missing: readonly string[];
}

/** Attributes that are read from Keras 2 files. */
export const LEGACY_ATTRIBUTES: readonly string[] = [
  "layer_names*",
  "weight_names*",
  "model_config",
  "training_config",
  "keras_version",
];

/** The group above a model's own weights, beside its layers (Keras 2.6 and later). */
const TOP_LEVEL = "top_level_model_weights";

/**
 * Reads Keras 2's layout: `layer_names` on the weights' root, `weight_names` on each layer's group, lists longer
 * than 64 kB cut into `layer_names0`, `layer_names1`, … Null when the file is of another layout.
 */
export function readLegacyFile(file: Hdf5File): LegacyFile | null {
  const root = file.object("/");
  const whole = file.object("/model_weights");
  const weightsRoot = whole?.kind === "group" ? whole : root;
  if (root === undefined || weightsRoot === undefined) return null;
  const modelConfig = textOf(root, "model_config");
  const layerNames = listOf(weightsRoot, "layer_names");
  if (layerNames === null) return null;
  assertUnique(layerNames, "layer_names");
  const missing: string[] = [];
  const read = (path: string): KerasWeight[] => weightsOf(file, path, missing);
  const base = weightsRoot.path === "/" ? "" : weightsRoot.path;
  const groups = layerNames.map((layer) => ({ layer, weights: read(`${base}/${layer}`) }));
  missing.push(...layerNames.filter((layer) => file.object(`${base}/${layer}`) === undefined));
  const own = read(`${base}/${TOP_LEVEL}`);
  const known = new Set(groups.flatMap(({ weights }) => weights.map(({ name }) => name)));
  const extra = own.filter(({ name }) => !known.has(name));
  return {
    groups: extra.length === 0 ? groups : [...groups, { layer: TOP_LEVEL, weights: extra }],
    optimizer: file.object("/optimizer_weights") === undefined ? null : read("/optimizer_weights"),
    modelConfig,
    trainingConfig: textOf(root, "training_config"),
    kerasVersion: textOf(root, "keras_version") ?? textOf(weightsRoot, "keras_version"),
    missing,
  };
}

function textOf(object: Hdf5Object, name: string): string | null {
  const first = object.attributes.get(name)?.[0];
  return typeof first === "string" ? first : null;
}

/** A list attribute, put together from its parts; null when the object has none. */
function listOf(object: Hdf5Object, name: string): string[] | null {
  const whole = object.attributes.get(name);
  if (whole !== undefined) return whole.map(String);
  const parts: string[] = [];
  let part = object.attributes.get(`${name}0`);
  if (part === undefined) return null;
  for (let index = 1; part !== undefined; index++) {
    for (const item of part) parts.push(String(item));
    part = object.attributes.get(name + index);
  }
  return parts;
}

function weightsOf(file: Hdf5File, groupPath: string, missing: string[]): KerasWeight[] {
  const group = file.object(groupPath);
  if (group === undefined) return [];
  const weights: KerasWeight[] = [];
  const names = listOf(group, "weight_names") ?? [];
  assertUnique(names, "weight_names");
  for (const stored of names) {
    const object = file.object(`${groupPath}/${stored}`);
    if (object === undefined) missing.push(stored);
    else weights.push(legacyWeight(file, object, stored.replace(/:\d+$/, "")));
  }
  return weights;
}

/** A name twice in one list would make one weight two: it is not known which of them the file means. */
function assertUnique(names: readonly string[], list: string): void {
  if (new Set(names).size === names.length) return;
  const twice = names.find((name, index) => names.indexOf(name) !== index)!;
  throw new ReadError("ambiguous", `The attribute ${list} names ${JSON.stringify(twice)} twice.`);
}

function legacyWeight(file: Hdf5File, object: Hdf5Object, name: string): KerasWeight {
  const parts = name.split("/");
  const about = {
    name,
    scope: parts.slice(0, -1),
    leaf: parts.at(-1) ?? "",
    shape: object.dataset?.shape ?? [],
  };
  return kerasWeight(about, (stated) => file.tensor(object, name, stated));
}
