import { ReadError } from "../errors.ts";
import type { KerasLayer } from "../format/keras/config.ts";
import type { Operation } from "./engine/graph.ts";
import {
  chain,
  type LayerParts,
  onlyShape,
  type PartParameter,
  parameter,
  reshape,
  rulesOf,
  withActivation,
} from "./layer-parts.ts";
import { lowerConvolution } from "./lower-convolution.ts";
import { lowerPooling } from "./lower-pooling.ts";
import { numberOf, settingsOf } from "./settings.ts";

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
      `Layer ${JSON.stringify(layer.name)} is a ${layer.className}, which cannot be trained here: train it in Keras.`,
    );
  }
  return make(layer, inputs);
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
