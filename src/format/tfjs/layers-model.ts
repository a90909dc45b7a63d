import type { Model } from "../../model/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { readKerasConfig } from "../keras/config.ts";
import { kerasModel } from "../keras/keras-model.ts";
import { legacyView } from "../keras/legacy-view.ts";
import { isObject, type PlainObject } from "../keras/plain.ts";
import { kerasWeight } from "../keras/weight.ts";
import { scopeUnits } from "../keras/weight-units.ts";

/** A Keras model in TensorFlow.js's form: Keras's config, weights named as Keras 2 names them. */
export function layersModel(
  topology: PlainObject,
  tensors: readonly Tensor[],
  place: { readonly file: string; readonly context: OpenContext; close(): Promise<void> },
): Model {
  const { budget, axisOrder } = place.context;
  const version = typeof topology.keras_version === "string" ? topology.keras_version : null;
  const stated =
    isObject(topology.model_config) && version === null ? topology.model_config.keras_version : version;
  const kerasVersion = typeof stated === "string" ? stated : null;
  const config = readKerasConfig(topology, kerasVersion, budget);
  const weights = tensors.map((tensor) => {
    const parts = tensor.name.replace(/:\d+$/, "").split("/");
    const about = {
      name: tensor.name,
      scope: parts.slice(0, -1),
      leaf: parts.at(-1) ?? "",
      shape: tensor.shape,
    };
    return kerasWeight(about, () => tensor);
  });
  return kerasModel({
    file: place.file,
    format: "tfjs",
    kerasVersion,
    config: config.layers.length === 0 ? null : config,
    view: legacyView(weights),
    units: scopeUnits(weights),
    optimizer: null,
    notes: [],
    axisOrder,
    budget,
    close: place.close,
  });
}
