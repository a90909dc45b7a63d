import { ReadError } from "../errors.ts";
import type { KerasLayer } from "../format/keras/config.ts";
import type { ActivationFunction, Operation, ParameterRule } from "./engine/graph.ts";
import { ruleOf } from "./settings.ts";

/** A graph node before its inputs are known; nodes of one layer form a chain. */
export interface ChainNode {
  readonly name: string;
  readonly op: Operation;
  readonly rules?: Readonly<Record<string, ParameterRule>>;
}

/** A weight of a layer; `trainable` is what the layer itself says (moving statistics are not). */
export interface PartParameter {
  readonly name: string;
  readonly engineName: string;
  readonly shape: readonly number[];
  readonly initializer: unknown;
  readonly trainable: boolean;
}

/** What one Keras layer becomes. */
export interface LayerParts {
  readonly nodes: readonly ChainNode[];
  readonly parameters: readonly PartParameter[];
  /** Without the batch axis. */
  readonly outputShape: readonly number[];
}

/** Parts of a layer whose nodes follow one another. */
export function chain(
  nodes: readonly ChainNode[],
  parameters: readonly PartParameter[],
  outputShape: readonly number[],
): LayerParts {
  return { nodes, parameters, outputShape };
}

const FUNCTIONS: ReadonlyMap<string, ActivationFunction> = new Map([
  ["relu", "relu"],
  ["relu6", "relu6"],
  ["leaky_relu", "leaky_relu"],
  ["elu", "elu"],
  ["selu", "selu"],
  ["gelu", "gelu"],
  ["sigmoid", "sigmoid"],
  ["hard_sigmoid", "hard_sigmoid"],
  ["silu", "silu"],
  ["swish", "silu"],
  ["tanh", "tanh"],
  ["softplus", "softplus"],
  ["softsign", "softsign"],
  ["exponential", "exponential"],
]);

/** `parts` with the layer's `activation` behind them. */
export function withActivation(layer: KerasLayer, parts: LayerParts): LayerParts {
  const stated = layer.config.activation;
  if (stated === undefined || stated === null || stated === "linear") {
    return parts.nodes.length > 0 ? parts : reshape(layer, parts.outputShape);
  }
  const name = parts.nodes.length === 0 ? layer.name : `${layer.name}/activation`;
  const op = activationOperation(layer, stated);
  return { ...parts, nodes: [...parts.nodes, { name, op }] };
}

function activationOperation(layer: KerasLayer, stated: unknown): Operation {
  if (stated === "softmax") return { kind: "softmax" };
  const known = typeof stated === "string" ? FUNCTIONS.get(stated) : undefined;
  if (known === undefined) {
    throw new ReadError(
      "unsupported",
      `Layer ${JSON.stringify(layer.name)} has the activation ${JSON.stringify(stated)}; known are ${[...FUNCTIONS.keys()].join(", ")}, softmax and linear.`,
    );
  }
  return { kind: "activation", function: known };
}

/** The one shape that feeds a layer. */
export function onlyShape(layer: KerasLayer, inputs: readonly (readonly number[])[]): readonly number[] {
  const [shape] = inputs;
  if (shape === undefined || inputs.length > 1) {
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)} (${layer.className}) takes one input and has ${inputs.length}.`,
    );
  }
  return shape;
}

/** A layer that only changes the shape of its input. */
export function reshape(layer: KerasLayer, shape: readonly number[]): LayerParts {
  return chain([{ name: layer.name, op: { kind: "reshape", shape } }], [], shape);
}

/** A weight with the layer's `<name>_initializer`. */
export function parameter(
  layer: KerasLayer,
  node: string,
  name: string,
  shape: readonly number[],
): PartParameter {
  return {
    name,
    engineName: `${node}/${name}`,
    shape,
    initializer: layer.config[`${name}_initializer`] ?? null,
    trainable: true,
  };
}

/** Keras's regularizers, constraints and `trainable` of the named weights. */
export function rulesOf(
  layer: KerasLayer,
  names: readonly string[],
): Readonly<Record<string, ParameterRule>> {
  return Object.fromEntries(names.map((name) => [name, ruleOf(layer, name)]));
}
