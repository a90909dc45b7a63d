import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { EMPTY_CALL } from "./calls.ts";
import { inferCall, runModel, type ShapeContext } from "./infer.ts";
import { isList, isObject, type PlainObject, toPlain } from "./plain.ts";
import { type LayerPlan, planLayer } from "./plan.ts";
import type { ShapeDialect } from "./shapes.ts";
import { frame } from "./shapes-recurrent.ts";

/** Extents with null for unknown (batch, variable sizes). */
export type Extents = readonly (number | null)[];

/** A tensor by the layer that makes it: [layer, index of the call, index of the output]. */
export type TensorReference = readonly [layer: string, node: number, tensor: number];

/** One use of a layer in its model. */
export interface KerasCall {
  /** What feeds this call; empty for the first layer of a Sequential and for an InputLayer. */
  readonly inbound: readonly TensorReference[];
  /** One shape per input, batch axis included; null when they cannot be worked out. */
  readonly inputShapes: readonly Extents[] | null;
  /** One shape per output; null when they cannot be worked out. */
  readonly outputShapes: readonly Extents[] | null;
}

/** One layer of a Keras config, with what could be worked out about its inputs and outputs. */
export interface KerasLayer {
  readonly name: string;
  /** `Conv3D`, `Dense`, `TimeDistributed`, … without module or package. */
  readonly className: string;
  /** The layer's own config: a null-prototype object of untrusted values. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Every call of the layer inside its model, in order; a shared layer has several. */
  readonly calls: readonly KerasCall[];
  /** The inputs of its calls where they agree, batch axis included; null where they differ or are not known. */
  readonly inputShapes: readonly Extents[] | null;
  /** The outputs of its calls where they agree; null where they differ or are not known. */
  readonly outputShapes: readonly Extents[] | null;
  /** What feeds the layer, all calls one after another. Empty for the first of a Sequential. */
  readonly inbound: readonly TensorReference[];
  /** Whether the model that it is in gives its output to whoever calls the model. */
  readonly isOutput: boolean;
  /** Layers of a nested Sequential or Functional model. */
  readonly layers?: readonly KerasLayer[] | undefined;
  /** The wrapped layers of TimeDistributed, Bidirectional (forward, then backward) and other wrappers. */
  readonly inner?: readonly KerasLayer[] | undefined;
}

/** A model's config as Keras 2 (`model_config`) or Keras 3 (`config.json`) wrote it. */
export interface KerasConfig {
  readonly name: string;
  readonly className: string;
  /** From the file's metadata; null when it is not stated. */
  readonly kerasVersion: string | null;
  /** The model's own `trainable` flag; when false, nothing in it is trained. */
  readonly trainable: boolean;
  /**
   * Whether the layers form more than a chain: several calls at one depth, several inputs to one call, or a
   * shared layer. Keras's summary then has a column of connections.
   */
  readonly branching: boolean;
  /** Class of the optimizer that the config was compiled with; null when it does not say. */
  readonly optimizer: string | null;
  readonly layers: readonly KerasLayer[];
}

/**
 * Reads the architecture out of parsed JSON, as data: class names are looked up in tables, nothing is resolved
 * or run. `json` is a whole `config.json` or `model_config`, or one of a single nested model. A subclassed model
 * lists no layers, so its `layers` are empty.
 *
 * @throws ReadError `malformed` when it is no Keras config, `limit` when it is too large or nested too deeply.
 */
export function readKerasConfig(json: unknown, kerasVersion: string | null, budget: Budget): KerasConfig {
  const root = modelConfigIn(toPlain(json, budget));
  if (root === null) {
    throw new ReadError(
      "malformed",
      `The Keras config should be an object with "class_name" and "config", found ${kindOf(json)}.`,
    );
  }
  const context: ShapeContext = { budget, dialect: dialectOf(kerasVersion), runs: new Map() };
  const plan = planLayer(root, countsOwnNode(kerasVersion));
  const calls = plan.model === null ? null : runModel(plan.model, null, context).calls;
  const ends = outputsOf(plan.model);
  return {
    name: typeof plan.config.name === "string" ? plan.config.name : defaultName(plan.className),
    className: plan.className,
    kerasVersion,
    trainable: plan.config.trainable !== false,
    branching: plan.model?.kind === "functional" && plan.model.branching,
    optimizer: optimizerOf(root),
    layers:
      plan.model?.layers.map((layer) =>
        toKerasLayer(layer, calls?.get(layer) ?? [], context, ends.has(layer)),
      ) ?? [],
  };
}

/** The object with `class_name` and `config`, which may stand under `model_config` or `modelTopology`. */
function modelConfigIn(value: unknown): PlainObject | null {
  for (let at: unknown = value, hops = 0; isObject(at) && hops < 4; hops++) {
    if (typeof at.class_name === "string" && (isObject(at.config) || isList(at.config))) return at;
    at = at.model_config ?? at.modelTopology;
  }
  return null;
}

function dialectOf(kerasVersion: string | null): ShapeDialect {
  if (/^[3-9]\./.test(kerasVersion ?? "")) return "keras3";
  return /^2\.[0-3]\.\d+$/.test(kerasVersion ?? "") ? "keras2" : "tf";
}

/** Before 2.4 a nested model's own first call counts in the indices that Keras prints. */
function countsOwnNode(kerasVersion: string | null): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kerasVersion ?? "") ?? [];
  return major === "2" && Number(minor) < 4;
}

/** Files of Keras before 2.2.3 do not name a Sequential; Keras then names it after its class. */
function defaultName(className: string): string {
  return `${className.toLowerCase()}_1`;
}

function optimizerOf(root: PlainObject): string | null {
  const compile = isObject(root.compile_config) ? root.compile_config : root.training_config;
  const stated = isObject(compile) ? (compile.optimizer ?? compile.optimizer_config) : null;
  if (typeof stated === "string") return stated.toLowerCase() === "sgd" ? "SGD" : stated;
  return isObject(stated) && typeof stated.class_name === "string"
    ? stated.class_name.replace(/^.*>/, "")
    : null;
}

function kindOf(json: unknown): string {
  if (json === null || json === undefined) return "nothing";
  if (Array.isArray(json)) return `a list of ${json.length}`;
  return typeof json === "object" ? `an object with ${Object.keys(json).length} keys` : `a ${typeof json}`;
}

/** Recursion is bounded by the depth that `toPlain` allows. */
function toKerasLayer(
  plan: LayerPlan,
  calls: readonly KerasCall[],
  context: ShapeContext,
  isOutput: boolean,
): KerasLayer {
  const own = plan.model === null ? null : runModel(plan.model, null, context).calls;
  const ends = outputsOf(plan.model);
  const layers = plan.model?.layers.map((layer) =>
    toKerasLayer(layer, own?.get(layer) ?? [], context, ends.has(layer)),
  );
  const inner = plan.inner.map((layer) =>
    toKerasLayer(layer, callsInside(plan, layer, calls, context), context, isOutput),
  );
  return {
    name: plan.name,
    className: plan.className,
    config: plan.config,
    calls,
    inputShapes: agreed(calls.map((call) => call.inputShapes)),
    outputShapes: agreed(calls.map((call) => call.outputShapes)),
    inbound: calls.flatMap((call) => call.inbound),
    isOutput,
    ...(layers === undefined ? {} : { layers }),
    ...(inner.length === 0 ? {} : { inner }),
  };
}

/** The layers whose outputs a model gives. */
function outputsOf(model: LayerPlan["model"]): ReadonlySet<LayerPlan> {
  if (model === null) return new Set();
  const ends =
    model.kind === "functional" ? model.outputs.map(({ call }) => call?.layer) : [model.layers.at(-1)];
  return new Set(ends.filter((layer) => layer !== undefined));
}

/** What a wrapper's calls are for the layer inside it. */
function callsInside(
  wrapper: LayerPlan,
  layer: LayerPlan,
  calls: readonly KerasCall[],
  context: ShapeContext,
): KerasCall[] {
  return calls.map(({ inputShapes }) => {
    const given = inputShapes === null ? null : inputsInside(wrapper.className, inputShapes);
    return {
      inbound: [],
      inputShapes: given,
      outputShapes: inferCall(layer, given, new Map(), EMPTY_CALL, context),
    };
  });
}

function inputsInside(className: string, shapes: readonly Extents[]): readonly Extents[] | null {
  if (className === "TimeDistributed") return shapes.map(frame);
  if (className === "Bidirectional") return shapes.slice(0, 1);
  return className === "SpectralNormalization" ? shapes : null;
}

/** The shapes when all calls have the same, otherwise null. */
function agreed(shapes: readonly (readonly Extents[] | null)[]): readonly Extents[] | null {
  const [first = null, ...others] = shapes;
  const text = JSON.stringify(first);
  return others.every((other) => JSON.stringify(other) === text) ? first : null;
}
