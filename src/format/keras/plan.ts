import { EMPTY_CALL, readCalls, type StatedCall } from "./calls.ts";
import type { Extents } from "./config.ts";
import { type FunctionalPlan, planFunctional } from "./functional.ts";
import { isList, isObject, type PlainObject } from "./plain.ts";
import { toExtents, toShapes } from "./settings.ts";

/** A layer of the config before anything is worked out. */
export interface LayerPlan {
  readonly name: string;
  readonly className: string;
  /** Whether it is an operation of Keras 3, not a layer. */
  readonly isOperation: boolean;
  readonly config: PlainObject;
  /** Calls that the file states; of a Sequential's layer none. */
  readonly calls: readonly StatedCall[];
  /** Input shapes that Keras 3 keeps to build the layer again; null when it does not. */
  readonly statedInputs: readonly Extents[] | null;
  /** Set when the layer is itself a model. */
  readonly model: ModelPlan | null;
  /** Wrapped layers: of Bidirectional forward, then backward. */
  readonly inner: readonly LayerPlan[];
}

/** Layers in a row, each fed by the one before. */
export interface SequentialPlan {
  readonly kind: "sequential";
  readonly layers: readonly LayerPlan[];
  /** What the first layer is given; null when the model was never built. */
  readonly start: readonly Extents[] | null;
}

/** A model: its layers and how they feed one another. */
export type ModelPlan = SequentialPlan | FunctionalPlan;

const NO_CONFIG: PlainObject = Object.freeze(Object.create(null));

/**
 * Plans one entry of a config's `layers`, or the whole config. Nesting is bounded by the depth that `toPlain`
 * allows, so recursion is safe. `counted` tells whether connections print indices as stored (Keras before 2.4).
 */
export function planLayer(json: unknown, counted: boolean): LayerPlan {
  const given = isObject(json) ? json : NO_CONFIG;
  const className = bareClass(given.class_name);
  const config = isObject(given.config) ? given.config : NO_CONFIG;
  const name = [given.name, config.name].find((value) => typeof value === "string") ?? className;
  const stated = isObject(given.build_config) ? given.build_config : NO_CONFIG;
  const calls = readCalls(given.inbound_nodes);
  return {
    name: name as string,
    className,
    isOperation: typeof given.module === "string" && given.module.includes(".ops."),
    config,
    calls: calls.length === 0 && isInput(className) ? [EMPTY_CALL] : calls,
    statedInputs: toShapes(stated.input_shape ?? stated.shapes_dict ?? null),
    model: planModel(given, counted),
    inner: wrappedIn(className, config).map((layer) => planLayer(layer, counted)),
  };
}

/** `Custom>Block` and `keras_hub>Block` are classes called Block. */
function bareClass(value: unknown): string {
  return typeof value === "string" ? (value.split(">").at(-1) ?? value) : "?";
}

/** Whether a class only marks where a model begins. */
export function isInput(className: string): boolean {
  return className === "InputLayer";
}

/** The batch shape that an InputLayer, or a Keras 2 layer that stands first, states. */
export function ownInputShape(plan: LayerPlan): Extents | null {
  const { config } = plan;
  return (
    toExtents(config.batch_shape) ?? toExtents(config.batch_input_shape) ?? toExtents(config.batchInputShape)
  );
}

/** A config with a list of layers is a model, whatever its class is called; older Keras wrote just the list. */
function planModel(given: PlainObject, counted: boolean): ModelPlan | null {
  const config = given.config;
  const listed = isList(config) ? config : isObject(config) ? config.layers : null;
  if (!isList(listed) || !listed.every((layer) => isObject(layer) && isObject(layer.config))) return null;
  const layers = listed.map((layer) => planLayer(layer, counted));
  const settings = isObject(config) ? config : NO_CONFIG;
  if (settings.output_layers !== undefined || settings.input_layers !== undefined) {
    return planFunctional(layers, settings, counted);
  }
  const build = isObject(given.build_config) ? given.build_config.input_shape : null;
  const first = layers[0] === undefined ? null : ownInputShape(layers[0]);
  const start = first === null ? toShapes(settings.build_input_shape ?? build ?? null) : [first];
  return { kind: "sequential", layers: layers.filter((layer) => !isInput(layer.className)), start };
}

/** The configs of the layers that a wrapper holds, named as the wrapper names them. */
function wrappedIn(className: string, config: PlainObject): readonly PlainObject[] {
  const layer = config.layer;
  if (!isObject(layer) || !isObject(layer.config)) return [];
  if (className !== "Bidirectional") return [layer];
  const name = String(layer.config.name ?? "");
  const base = name.replace(/^forward_/, "");
  const backward = isObject(config.backward_layer)
    ? config.backward_layer
    : renamed(layer, `backward_${base}`);
  return [renamed(layer, `forward_${base}`), backward];
}

function renamed(layer: PlainObject, name: string): PlainObject {
  const config = Object.assign(Object.create(null), layer.config, { name });
  return Object.assign(Object.create(null), layer, { config });
}
