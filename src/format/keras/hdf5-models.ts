import { parseJson } from "../../codec/json.ts";
import { findLayers } from "../../model/find-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { OpenContext } from "../format.ts";
import type { Hdf5File } from "../hdf5/hdf5-file.ts";
import { type KerasConfig, readKerasConfig } from "./config.ts";
import { kerasModel } from "./keras-model.ts";
import { legacyModelView } from "./legacy-view.ts";
import { LEGACY_ATTRIBUTES, type LegacyFile, readLegacyFile } from "./legacy-weights.ts";
import { storeModel } from "./store-model.ts";
import { readStore, STORE_ATTRIBUTES, type StoreContents } from "./store-tree.ts";
import { legacyUnits } from "./weight-units.ts";

/** Attributes that tell what an HDF5 file of Keras holds. */
export const KERAS_ATTRIBUTES: readonly string[] = [...LEGACY_ATTRIBUTES, ...STORE_ATTRIBUTES];

/** What is around an HDF5 file. */
export interface Hdf5Place {
  readonly file: string;
  readonly format: string;
  readonly context: Pick<OpenContext, "budget" | "axisOrder">;
  close(): Promise<void>;
}

/** The model in an HDF5 file, whoever wrote it: Keras 2, a Keras 3 store, or somebody else. */
export function hdf5Model(file: Hdf5File, place: Hdf5Place): Model {
  const legacy = readLegacyFile(file);
  if (legacy !== null) return legacyModel(legacy, place);
  const store = readStore(file);
  if (store !== null && store.weights.length > 0) return weightsModel(store, place);
  return plainModel(file, place);
}

function legacyModel(legacy: LegacyFile, place: Hdf5Place): Model {
  const { budget, axisOrder } = place.context;
  const { kerasVersion } = legacy;
  const notes =
    legacy.missing.length === 0
      ? []
      : [
          `The file names ${legacy.missing.length} weights or layers that it does not hold: ${shown(legacy.missing)}.`,
        ];
  return kerasModel({
    ...place,
    kerasVersion,
    config: legacyConfig(legacy, place),
    view: legacyModelView(legacy),
    units: legacyUnits(legacy),
    optimizer: legacy.optimizer,
    notes,
    axisOrder,
    budget,
  });
}

/** The config of a whole model; null for weights only and for configs that list no layers. */
function legacyConfig(
  { modelConfig, trainingConfig, kerasVersion }: LegacyFile,
  { context }: Hdf5Place,
): KerasConfig | null {
  if (modelConfig === null) return null;
  const json = parseText(modelConfig, context, "The attribute model_config");
  const config = readKerasConfig(json, kerasVersion, context.budget);
  if (config.layers.length === 0) return null;
  const training =
    trainingConfig === null ? null : parseText(trainingConfig, context, "The attribute training_config");
  return { ...config, optimizer: config.optimizer ?? optimizerClass(training) };
}

function parseText(text: string, { budget }: Hdf5Place["context"], what: string): unknown {
  return parseJson(new TextEncoder().encode(text), budget, what);
}

/** `optimizer_config.class_name` of a training config. */
function optimizerClass(training: unknown): string | null {
  const optimizer = member(training, "optimizer_config");
  const name = member(optimizer, "class_name");
  return typeof name === "string" ? (name.split(">").at(-1) ?? name) : null;
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function weightsModel(store: StoreContents, place: Hdf5Place): Model {
  return storeModel(store, { ...place, config: null, kerasVersion: null, notes: [] });
}

/** HDF5 that is not Keras's: every dataset is a tensor, and its path is its name. */
function plainModel(file: Hdf5File, { file: name, format, context, close }: Hdf5Place): Model {
  const datasets = file.objects.filter(({ kind, alias }) => kind === "dataset" && alias === undefined);
  const tensors = datasets.map((object) => file.tensor(object, object.path.slice(1)));
  const found = findLayers(tensors, { axisOrder: context.axisOrder });
  const left = file.objects.filter(
    ({ kind }) => kind === "external-link" || kind === "broken-link" || kind === "unreadable",
  );
  return {
    file: name,
    format,
    producer: null,
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [
      "The file is HDF5, but not laid out by Keras: every dataset is listed as a tensor.",
      ...(left.length === 0
        ? []
        : [
            `${left.length} objects were left out: ${shown(left.map(({ path, reason }) => `${path} (${reason ?? "unreadable"})`))}.`,
          ]),
      ...found.notes,
    ],
    close,
  };
}

/** The first few of a list, for a sentence. */
function shown(items: readonly string[]): string {
  return items.slice(0, 5).join(", ") + (items.length > 5 ? ", …" : "");
}
