import { ReadError } from "../errors.ts";
import type { KerasLayer } from "../format/keras/config.ts";
import type { ActivationFunction, Operation, ParameterRule } from "./engine/graph.ts";
import { lowerConvolution } from "./lower-convolution.ts";
import { lowerPooling } from "./lower-pooling.ts";
import { numberOf, ruleOf, settingsOf } from "./settings.ts";

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

/** What a maker of parts is given: the layer and the shapes that feed it, without the batch axis. */
export type LowerLayer = (layer: KerasLayer, inputs: readonly (readonly number[])[]) => LayerParts;

const TABLE: ReadonlyMap<string, LowerLayer> = new Map<string, LowerLayer>([
  ["InputLayer", lowerInput],
  ["Dense", lowerDense],
  ["Activation", (layer, inputs) => withActivation(layer, chain([], [], onlyShape(layer, inputs)))],
  ["ReLU", (layer, inputs) => pointwise(layer, inputs, { kind: "activation", function: "relu" })],
  [
    "ELU",
    (layer, inputs) =>
      pointwise(layer, inputs, { kind: "activation", function: "elu", alpha: numberOf(layer, "alpha", 1) }),
  ],
  ["LeakyReLU", lowerLeakyReLU],
  ["Softmax", (layer, inputs) => pointwise(layer, inputs, { kind: "softmax" })],
  [
    "Dropout",
    (layer, inputs) => pointwise(layer, inputs, { kind: "dropout", rate: numberOf(layer, "rate", 0) }),
  ],
  ...(["1D", "2D", "3D"] as const).map((rank): [string, LowerLayer] => [
    `SpatialDropout${rank}`,
    (layer, inputs) =>
      pointwise(layer, inputs, { kind: "dropout", rate: numberOf(layer, "rate", 0), spatial: true }),
  ]),
  ["Flatten", (layer, inputs) => reshape(layer, [onlyShape(layer, inputs).reduce((a, b) => a * b, 1)])],
  ["Reshape", (layer) => reshape(layer, statedShape(layer))],
  ["BatchNormalization", lowerBatchNormalization],
  ...(["Add", "Subtract", "Multiply", "Average", "Maximum"] as const).map(
    (className): [string, LowerLayer] => [
      className,
      (layer, inputs) => {
        const kind = className.toLowerCase() as "add" | "subtract" | "multiply" | "average" | "maximum";
        return chain([{ name: layer.name, op: { kind } }], [], sameShape(layer, inputs));
      },
    ],
  ),
  ["Concatenate", lowerConcatenate],
]);

/** Classes that can be trained here beside convolutions and pooling. */
export function lowerLayer(layer: KerasLayer, inputs: readonly (readonly number[])[]): LayerParts {
  const settings = settingsOf(layer);
  if (settings.channelsFirst) {
    throw new ReadError(
      "unsupported",
      `Layer ${JSON.stringify(layer.name)} has its channels first; only channels_last can be trained here.`,
    );
  }
  const special = lowerConvolution(layer, inputs) ?? lowerPooling(layer, inputs);
  if (special !== null) return special;
  const make = TABLE.get(layer.className);
  if (make === undefined) {
    throw new ReadError(
      "unsupported",
      `Layer ${JSON.stringify(layer.name)} is a ${layer.className}, which cannot be trained here. Export the network with --to keras --script and train it in Keras.`,
    );
  }
  return make(layer, inputs);
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

function sameShape(layer: KerasLayer, inputs: readonly (readonly number[])[]): readonly number[] {
  const shapes = new Set(inputs.map((shape) => `(${shape.join(", ")})`));
  if (inputs.length < 2 || shapes.size !== 1) {
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)} (${layer.className}) joins two or more inputs of one shape; found ${[...shapes].join(" and ")}.`,
    );
  }
  return inputs[0]!;
}

function pointwise(layer: KerasLayer, inputs: readonly (readonly number[])[], op: Operation): LayerParts {
  return chain([{ name: layer.name, op }], [], onlyShape(layer, inputs));
}

function reshape(layer: KerasLayer, shape: readonly number[]): LayerParts {
  return chain([{ name: layer.name, op: { kind: "reshape", shape } }], [], shape);
}

/** The output shape that the config's own inference found, without the batch axis. */
function statedShape(layer: KerasLayer): readonly number[] {
  const shape = layer.outputShapes?.[0]?.slice(1);
  if (shape === undefined || shape.some((extent) => extent === null)) {
    throw new ReadError(
      "bad-option",
      `The output shape of layer ${JSON.stringify(layer.name)} (${layer.className}) cannot be worked out.`,
    );
  }
  return shape as readonly number[];
}

function lowerInput(layer: KerasLayer): LayerParts {
  const shape = statedShape(layer);
  return chain([{ name: layer.name, op: { kind: "input", shape, dtype: "float32" } }], [], shape);
}

function lowerDense(layer: KerasLayer, inputs: readonly (readonly number[])[]): LayerParts {
  const shape = onlyShape(layer, inputs);
  const units = numberOf(layer, "units");
  const bias = layer.config.use_bias !== false;
  const parameters: PartParameter[] = [parameter(layer, layer.name, "kernel", [shape.at(-1)!, units])];
  if (bias) parameters.push(parameter(layer, layer.name, "bias", [units]));
  const node = {
    name: layer.name,
    op: { kind: "dense", units, bias } as const,
    rules: rulesOf(layer, ["kernel", "bias"]),
  };
  return withActivation(layer, chain([node], parameters, [...shape.slice(0, -1), units]));
}

function lowerLeakyReLU(layer: KerasLayer, inputs: readonly (readonly number[])[]): LayerParts {
  const alpha =
    layer.config.negative_slope === undefined
      ? numberOf(layer, "alpha", 0.3)
      : numberOf(layer, "negative_slope");
  return pointwise(layer, inputs, { kind: "activation", function: "leaky_relu", alpha });
}

function lowerBatchNormalization(layer: KerasLayer, inputs: readonly (readonly number[])[]): LayerParts {
  const shape = onlyShape(layer, inputs);
  const stated = layer.config.axis ?? -1;
  const axis = Array.isArray(stated) ? stated[0] : stated;
  if (axis !== -1 && axis !== shape.length) {
    throw new ReadError(
      "unsupported",
      `Layer ${JSON.stringify(layer.name)} normalises axis ${axis}; only the last axis can be trained here.`,
    );
  }
  const channels = shape.at(-1)!;
  const center = layer.config.center !== false;
  const scale = layer.config.scale !== false;
  const of = (name: string, engine: string, trainable: boolean): PartParameter => ({
    ...parameter(layer, layer.name, name, [channels]),
    engineName: `${layer.name}/${engine}`,
    trainable,
  });
  const parameters = [
    ...(scale ? [of("gamma", "gamma", true)] : []),
    ...(center ? [of("beta", "beta", true)] : []),
    of("moving_mean", "movingMean", false),
    of("moving_variance", "movingVariance", false),
  ];
  const op = {
    kind: "batchNorm",
    momentum: numberOf(layer, "momentum", 0.99),
    epsilon: numberOf(layer, "epsilon", 1e-3),
    center,
    scale,
  } as const;
  return chain([{ name: layer.name, op, rules: rulesOf(layer, ["gamma", "beta"]) }], parameters, shape);
}

function lowerConcatenate(layer: KerasLayer, inputs: readonly (readonly number[])[]): LayerParts {
  const first = inputs[0] ?? [];
  const axis = layer.config.axis ?? -1;
  const alike = inputs.every(
    (shape) => shape.length === first.length && shape.slice(0, -1).every((extent, i) => extent === first[i]),
  );
  if (inputs.length < 2 || !alike || (axis !== -1 && axis !== first.length)) {
    const found = inputs.map((shape) => `(${shape.join(", ")})`).join(" and ");
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)} joins inputs along their last axis, the others being equal; found ${found} along axis ${axis}.`,
    );
  }
  const channels = inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0);
  return chain([{ name: layer.name, op: { kind: "concatenate" } }], [], [...first.slice(0, -1), channels]);
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
