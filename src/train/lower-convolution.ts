import { ReadError } from "../errors.ts";
import type { KerasLayer } from "../format/keras/config.ts";
import type { Padding } from "./engine/graph.ts";
import {
  chain,
  type LayerParts,
  onlyShape,
  type PartParameter,
  parameter,
  rulesOf,
  withActivation,
} from "./layer-parts.ts";
import { numberOf, numbersOf, paddingOf } from "./settings.ts";

/** Parts of a convolution layer of any kind; null for other classes. */
export function lowerConvolution(
  layer: KerasLayer,
  inputs: readonly (readonly number[])[],
): LayerParts | null {
  const match = /^(Depthwise|Separable)?Conv([123])D(Transpose)?$/.exec(layer.className);
  if (match === null) return null;
  const rank = Number(match[2]);
  const shape = onlyShape(layer, inputs);
  if (shape.length !== rank + 1) {
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)} (${layer.className}) takes samples of ${rank + 1} axes, found (${shape.join(", ")}).`,
    );
  }
  if (match[1] === "Depthwise") return depthwise(layer, rank, shape);
  if (match[1] === "Separable") return separable(layer, rank, shape);
  return match[3] === undefined ? plain(layer, rank, shape) : transposed(layer, rank, shape);
}

interface Window {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Padding;
}

function windowOf(layer: KerasLayer, rank: number): Window {
  return {
    kernelSize: numbersOf(layer, "kernel_size", rank),
    strides: numbersOf(layer, "strides", rank, 1),
    dilation: numbersOf(layer, "dilation_rate", rank, 1),
    padding: paddingOf(layer, rank === 1 ? ["valid", "same", "causal"] : ["valid", "same"]),
  };
}

function plain(layer: KerasLayer, rank: number, shape: readonly number[]): LayerParts {
  const window = windowOf(layer, rank);
  const filters = numberOf(layer, "filters");
  const groups = numberOf(layer, "groups", 1);
  const channels = shape.at(-1)!;
  if (channels % groups !== 0 || filters % groups !== 0) {
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)}: ${groups} groups divide neither ${channels} channels nor ${filters} filters evenly.`,
    );
  }
  const bias = layer.config.use_bias !== false;
  const op = { kind: "conv", filters, ...window, groups, bias } as const;
  const parameters: PartParameter[] = [
    parameter(layer, layer.name, "kernel", [...window.kernelSize, channels / groups, filters]),
  ];
  if (bias) parameters.push(parameter(layer, layer.name, "bias", [filters]));
  const node = { name: layer.name, op, rules: rulesOf(layer, ["kernel", "bias"]) };
  return withActivation(layer, chain([node], parameters, [...convolved(layer, shape, window), filters]));
}

function depthwise(layer: KerasLayer, rank: number, shape: readonly number[]): LayerParts {
  const window = windowOf(layer, rank);
  const channels = shape.at(-1)!;
  const filters = channels * numberOf(layer, "depth_multiplier", 1);
  const bias = layer.config.use_bias !== false;
  const op = { kind: "conv", filters, ...window, groups: channels, bias } as const;
  const parameters: PartParameter[] = [depthwiseKernel(layer, layer.name, window, channels, filters)];
  if (bias) parameters.push(parameter(layer, layer.name, "bias", [filters]));
  const rules = rulesOf(layer, ["depthwise", "bias"]);
  const node = { name: layer.name, op, rules: { kernel: rules.depthwise!, bias: rules.bias! } };
  return withActivation(layer, chain([node], parameters, [...convolved(layer, shape, window), filters]));
}

function separable(layer: KerasLayer, rank: number, shape: readonly number[]): LayerParts {
  const window = windowOf(layer, rank);
  const channels = shape.at(-1)!;
  const middle = channels * numberOf(layer, "depth_multiplier", 1);
  const filters = numberOf(layer, "filters");
  const bias = layer.config.use_bias !== false;
  const ones = new Array<number>(rank).fill(1);
  const rules = rulesOf(layer, ["depthwise", "pointwise", "bias"]);
  const deep = `${layer.name}/depthwise`;
  const point = `${layer.name}/pointwise`;
  const parameters: PartParameter[] = [
    depthwiseKernel(layer, deep, window, channels, middle),
    {
      ...parameter(layer, point, "kernel", [...ones, middle, filters]),
      name: "pointwise_kernel",
      initializer: layer.config.pointwise_initializer ?? null,
    },
  ];
  if (bias) parameters.push(parameter(layer, point, "bias", [filters]));
  const nodes = [
    {
      name: deep,
      op: { kind: "conv", filters: middle, ...window, groups: channels, bias: false } as const,
      rules: { kernel: rules.depthwise! },
    },
    {
      name: point,
      op: { kind: "conv", filters, kernelSize: ones, bias } as const,
      rules: { kernel: rules.pointwise!, bias: rules.bias! },
    },
  ];
  return withActivation(layer, chain(nodes, parameters, [...convolved(layer, shape, window), filters]));
}

function depthwiseKernel(
  layer: KerasLayer,
  node: string,
  window: Window,
  channels: number,
  filters: number,
): PartParameter {
  return {
    name: "depthwise_kernel",
    engineName: `${node}/kernel`,
    shape: [...window.kernelSize, channels, filters / channels],
    initializer: layer.config.depthwise_initializer ?? null,
    trainable: true,
  };
}

function transposed(layer: KerasLayer, rank: number, shape: readonly number[]): LayerParts {
  const { padding, ...window } = windowOf(layer, rank);
  const filters = numberOf(layer, "filters");
  const channels = shape.at(-1)!;
  const bias = layer.config.use_bias !== false;
  const stated = layer.config.output_padding;
  const outputPadding =
    stated === undefined || stated === null
      ? {}
      : {
          outputPadding:
            typeof stated === "number" ? new Array<number>(rank).fill(stated) : (stated as number[]),
        };
  const op = {
    kind: "transposedConv",
    filters,
    ...window,
    padding: padding === "same" ? padding : "valid",
    bias,
    ...outputPadding,
  } as const;
  const extents = layer.outputShapes?.[0]?.slice(1);
  if (extents === undefined || extents.some((extent) => extent === null)) {
    throw new ReadError(
      "bad-option",
      `The output shape of layer ${JSON.stringify(layer.name)} (${layer.className}) cannot be worked out.`,
    );
  }
  const parameters: PartParameter[] = [
    parameter(layer, layer.name, "kernel", [...window.kernelSize, filters, channels]),
  ];
  if (bias) parameters.push(parameter(layer, layer.name, "bias", [filters]));
  const node = { name: layer.name, op, rules: rulesOf(layer, ["kernel", "bias"]) };
  return withActivation(layer, chain([node], parameters, extents as number[]));
}

/** Spatial extents of a convolution's output, by TensorFlow's rules. */
function convolved(
  layer: KerasLayer,
  shape: readonly number[],
  { kernelSize, strides, dilation, padding }: Window,
): number[] {
  return kernelSize.map((size, axis) => {
    const input = shape[axis]!;
    const reach = dilation[axis]! * (size - 1) + 1;
    const extent =
      padding === "valid"
        ? Math.floor((input - reach) / strides[axis]!) + 1
        : Math.ceil(input / strides[axis]!);
    if (extent < 1) {
      throw new ReadError(
        "bad-option",
        `Layer ${JSON.stringify(layer.name)}: its kernel reaches over ${reach} positions, but axis ${axis} of its input has ${input}. Use padding "same" or a smaller kernel.`,
      );
    }
    return extent;
  });
}
