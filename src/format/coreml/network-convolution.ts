import type { SourceField } from "../../codec/proto-reader.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { CoremlState } from "./model-parts.ts";
import { type MessageParts, splitMessage } from "./numbers.ts";
import { weightTensor } from "./weight-params.ts";

/**
 * ConvolutionLayerParams: outputChannels=1, kernelChannels=2, nGroups=10, kernelSize=20, stride=30, dilationFactor=40,
 * valid=50, same=51, isDeconvolution=60, weights=90, bias=91. Kernels are [output, kernel channels, …], those of
 * deconvolutions [kernel channels, output / groups, …].
 */
export async function convolution2d(
  state: CoremlState,
  message: SourceField,
  name: string,
): Promise<LayerFacts | null> {
  const parts = await splitMessage(state.reader, message, [20, 30, 40]);
  const { number, pair } = accessors(parts);
  const [outputs, kernelChannels, groups] = [number(1, 0), number(2, 0), number(10, 0) || 1];
  const [kernel, isUp] = [pair(20, 3), number(60, 0) !== 0];
  const shape = isUp ? [kernelChannels, outputs / groups, ...kernel] : [outputs, kernelChannels, ...kernel];
  return layerOf(
    state,
    parts,
    { name, shape, isUp, groups, outputs, weights: 90, bias: 91 },
    {
      strides: pair(30, 1),
      dilation: pair(40, 1),
      padding: await padding2d(state, parts),
    },
  );
}

/**
 * Convolution3DLayerParams: outputChannels=1, inputChannels=2, nGroups=10, kernelDepth/Height/Width=20-22,
 * stride=31-33, dilation=40-42, weights=60, bias=61, paddingType=70, customPadding=80-85, isDeconvolution=86.
 */
export async function convolution3d(
  state: CoremlState,
  message: SourceField,
  name: string,
): Promise<LayerFacts | null> {
  const parts = await splitMessage(state.reader, message, [87]);
  const { number } = accessors(parts);
  const three = (first: number, otherwise: number): number[] =>
    [0, 1, 2].map((axis) => number(first + axis, 0) || otherwise);
  const [outputs, inputs, groups] = [number(1, 0), number(2, 0), number(10, 0) || 1];
  const [kernel, isUp] = [three(20, 1), number(86, 0) !== 0];
  const shape = isUp ? [inputs, outputs / groups, ...kernel] : [outputs, inputs / groups, ...kernel];
  const type = number(70, 0);
  const custom = [0, 1, 2].map((axis) => [number(80 + 2 * axis, 0), number(81 + 2 * axis, 0)] as const);
  return layerOf(
    state,
    parts,
    { name, shape, isUp, groups, outputs, weights: 60, bias: 61 },
    {
      strides: three(31, 1),
      dilation: three(40, 1),
      padding: type === 1 ? "valid" : type === 2 ? "same" : custom,
    },
  );
}

interface Accessors {
  number(field: number, otherwise: number): number;
  /** Two numbers, height and width. */
  pair(field: number, otherwise: number): number[];
}

function accessors({ numbers }: MessageParts): Accessors {
  return {
    number: (field, otherwise) => numbers.get(field)?.[0] ?? otherwise,
    pair: (field, otherwise) => {
      const list = numbers.get(field) ?? [];
      return list.length === 2 ? [...list] : [otherwise, otherwise];
    },
  };
}

interface Kernel {
  readonly name: string;
  readonly shape: readonly number[];
  readonly isUp: boolean;
  readonly groups: number;
  readonly outputs: number;
  /** Fields of weights and bias. */
  readonly weights: number;
  readonly bias: number;
}

async function layerOf(
  state: CoremlState,
  { messages }: MessageParts,
  { name, shape, isUp, groups, outputs, weights, bias }: Kernel,
  geometry: Pick<LayerFacts, "strides" | "dilation" | "padding">,
): Promise<LayerFacts | null> {
  const kernelMessage = messages.get(weights);
  if (kernelMessage === undefined) {
    state.notes.add(
      `The convolution ${JSON.stringify(name)} holds no weights: it is given them while the model runs.`,
    );
    return null;
  }
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    state.notes.add(
      `The convolution ${JSON.stringify(name)} has ${groups} groups, which its channels do not divide into.`,
    );
    return null;
  }
  const kernel = await weightTensor(state, kernelMessage, `${name}.weights`, shape, isUp ? 1 : 0);
  const biasMessage = messages.get(bias);
  const biasTensor =
    biasMessage === undefined ? null : await weightTensor(state, biasMessage, `${name}.bias`, [outputs], 0);
  state.tensors.push(kernel, ...(biasTensor === null ? [] : [biasTensor]));
  const spatial = shape.length === 5 ? "DHW" : "HW";
  return {
    name,
    kind: isUp ? "transposed" : groups > 1 && shape[1] === 1 ? "depthwise" : "conv",
    axisOrder: (isUp ? "IO" : "OI") + spatial,
    evidence: "operator",
    kernel,
    bias: biasTensor,
    groups,
    ...geometry,
  };
}

/** ValidPadding with paddingAmounts=1 (borderAmounts=10 of startEdgeSize=1, endEdgeSize=2), or SamePadding. */
async function padding2d(
  { reader }: CoremlState,
  { messages }: MessageParts,
): Promise<LayerFacts["padding"]> {
  const same = messages.get(51);
  if (same !== undefined) {
    const { numbers } = await splitMessage(reader, same, []);
    return numbers.get(1)?.[0] === 1 ? "same_lower" : "same";
  }
  const valid = messages.get(50);
  if (valid === undefined) return null;
  const amounts = (await splitMessage(reader, valid, [])).messages.get(1);
  if (amounts === undefined) return "valid";
  const sides: [number, number][] = [];
  for (const field of await reader.fields(amounts, "a padding")) {
    if (field.number !== 10 || field.wire !== 2) continue;
    const { numbers } = await splitMessage(reader, field, []);
    sides.push([numbers.get(1)?.[0] ?? 0, numbers.get(2)?.[0] ?? 0]);
  }
  return sides.length === 2 ? sides : sides.length === 0 ? "valid" : null;
}
