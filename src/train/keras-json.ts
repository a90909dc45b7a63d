import { ReadError } from "../errors.ts";
import { createLayer, type Json, type Layer, type SymbolicTensor } from "./layer.ts";

/** A network as Keras 3's `config.json` holds it. */
export type KerasJson = { readonly [key: string]: Json };

/** What `sequential` and `model` may be told. */
export interface NetworkOptions {
  /** Default `sequential` or `functional`. */
  readonly name?: string | undefined;
}

/**
 * A chain of layers as Keras's config. The first layer is an `InputLayer`, or one that was told its `inputShape`.
 *
 * @throws ReadError `bad-option` when nothing states the input's shape, or two layers have one name.
 */
export function sequentialJson(
  chain: readonly (Layer | SymbolicTensor)[],
  options: NetworkOptions = {},
): KerasJson {
  const given = chain.map((each) => ("layer" in each ? each.layer : each));
  const [first] = given;
  if (first === undefined) throw new ReadError("bad-option", "A network needs at least one layer.");
  const shape = first.config.batch_input_shape;
  if (first.className !== "InputLayer" && !Array.isArray(shape)) {
    throw new ReadError(
      "bad-option",
      `The first layer (${first.className}) does not say what it is fed with: give it inputShape, such as [28, 28, 1], or begin with layers.input({ shape }).`,
    );
  }
  const withInput =
    first.className === "InputLayer"
      ? given
      : [createLayer("InputLayer", { batch_shape: shape, dtype: "float32", sparse: false }), ...given];
  const names = nameLayers(withInput);
  return modelJson("Sequential", {
    name: options.name ?? "sequential",
    trainable: true,
    dtype: "float32",
    layers: withInput.map((layer) => layerJson(layer, names.get(layer)!)),
  });
}

/**
 * A graph of layers as Keras's functional config, from its outputs back to its inputs.
 *
 * @param shapes output shapes by layer, batch axis included, which Keras wants to find in it
 * @throws ReadError `bad-option` when an input is missing or a layer is called twice.
 */
export function functionalJson(
  ends: { readonly inputs: readonly SymbolicTensor[]; readonly outputs: readonly SymbolicTensor[] },
  options: NetworkOptions = {},
  shapes: ReadonlyMap<string, readonly (number | null)[]> = new Map(),
): KerasJson {
  const tensors = inOrder(ends.outputs);
  const layers = tensors.map((tensor) => tensor.layer);
  if (new Set(layers).size < layers.length) {
    throw new ReadError(
      "bad-option",
      "A layer is called more than once; shared layers cannot be trained here.",
    );
  }
  for (const tensor of tensors) {
    if (tensor.inputs.length === 0 && !ends.inputs.includes(tensor)) {
      throw new ReadError(
        "bad-option",
        `A ${tensor.layer.className} is fed by nothing and is not among the inputs.`,
      );
    }
  }
  const names = nameLayers(layers);
  const keras = (tensor: SymbolicTensor): Json => {
    const name = names.get(tensor.layer)!;
    const shape = shapes.get(name);
    const config = { dtype: "float32", keras_history: [name, 0, 0] };
    return { class_name: "__keras_tensor__", config: shape === undefined ? config : { shape, ...config } };
  };
  const reference = (tensor: SymbolicTensor): Json => [names.get(tensor.layer)!, 0, 0];
  return modelJson("Functional", {
    name: options.name ?? "functional",
    trainable: true,
    layers: tensors.map((tensor) => ({
      ...layerJson(tensor.layer, names.get(tensor.layer)!),
      name: names.get(tensor.layer)!,
      inbound_nodes:
        tensor.inputs.length === 0
          ? []
          : [
              {
                args: [tensor.inputs.length === 1 ? keras(tensor.inputs[0]!) : tensor.inputs.map(keras)],
                kwargs: {},
              },
            ],
    })),
    // As Keras writes what was given alone, not as a list; otherwise it warns of arrays that are given alone.
    input_layers: oneOrAll(ends.inputs.map(reference)),
    output_layers: oneOrAll(ends.outputs.map(reference)),
  });
}

function oneOrAll(references: readonly Json[]): Json {
  return references.length === 1 ? references[0]! : references;
}

/** Keras's default name of a class: `Conv3D` is `conv3d`, `MaxPooling2D` is `max_pooling2d`. */
export function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z0-9]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

function modelJson(className: string, config: KerasJson): KerasJson {
  const module = className === "Sequential" ? "keras" : "keras.src.models.functional";
  const registered = className === "Sequential" ? null : "Functional";
  return { module, class_name: className, config, registered_name: registered };
}

function layerJson(layer: Layer, name: string): KerasJson {
  const { batch_input_shape: _, ...config } = layer.config;
  return {
    module: "keras.layers",
    class_name: layer.className,
    config: { ...config, name },
    registered_name: null,
  };
}

/** Gives every layer its own name or the next free one of its class. */
function nameLayers(layers: readonly Layer[]): Map<Layer, string> {
  const names = new Map<Layer, string>();
  const taken = new Set<string>();
  for (const layer of layers) {
    const { name } = layer.config;
    if (typeof name !== "string") continue;
    if (taken.has(name)) throw new ReadError("bad-option", `Two layers are named ${JSON.stringify(name)}.`);
    taken.add(name);
    names.set(layer, name);
  }
  for (const layer of layers) {
    if (names.has(layer)) continue;
    const base = snakeCase(layer.className);
    let name = base;
    for (let number = 1; taken.has(name); number++) name = `${base}_${number}`;
    taken.add(name);
    names.set(layer, name);
  }
  return names;
}

/** Every tensor that the outputs need, each after what it is made from. */
function inOrder(outputs: readonly SymbolicTensor[]): SymbolicTensor[] {
  const order: SymbolicTensor[] = [];
  const done = new Set<SymbolicTensor>();
  const stack = [...outputs].reverse().map((tensor) => ({ tensor, next: 0 }));
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const below = top.tensor.inputs[top.next];
    if (done.has(top.tensor)) stack.pop();
    else if (below !== undefined) {
      top.next++;
      if (!done.has(below)) stack.push({ tensor: below, next: 0 });
    } else {
      done.add(top.tensor);
      order.push(top.tensor);
      stack.pop();
    }
  }
  return order;
}
