import type { ProtoRange, SourceField } from "../../codec/proto-reader.ts";
import type { BatchNorm } from "../../model/model.ts";
import type { CoremlState } from "./model-parts.ts";
import { convolution2d, convolution3d } from "./network-convolution.ts";
import { splitMessage } from "./numbers.ts";
import { weightTensor } from "./weight-params.ts";

/** Fields of NeuralNetworkLayer. */
const CONVOLUTION = 100;
const INNER_PRODUCT = 140;
const BATCH_NORM = 160;
const BRANCH = 605;
const LOOP = 615;
const CONVOLUTION_3D = 1471;

/** A layer as far as it was looked at. */
interface NetworkLayer {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The field of its kind, and its message. */
  readonly kind: number;
  readonly parameters: SourceField | null;
}

/** Finds the convolutions of a NeuralNetwork (layers=1), in the order of its layers. */
export async function readNetwork(
  state: CoremlState,
  range: ProtoRange,
  prefix: string,
  depth = 0,
): Promise<void> {
  const { reader, budget, facts } = state;
  budget.enter(depth, "Networks");
  const found = new Map<string, number>();
  const users = new Map<string, number>();
  const norms: NetworkLayer[] = [];
  let at = 0;
  for await (const field of reader.walk(range, "the neural network")) {
    if (field.number !== 1 || field.wire !== 2) continue;
    // By the memory that a layer takes, in units of some sixty bytes.
    budget.count(40, "layers");
    const layer = await readLayer(state, field, `${prefix}layer_${at++}`, prefix);
    for (const input of layer.inputs) users.set(input, (users.get(input) ?? 0) + 1);
    const { kind, parameters, name } = layer;
    if (parameters === null) continue;
    if (kind === CONVOLUTION || kind === CONVOLUTION_3D) {
      const made = await (kind === CONVOLUTION ? convolution2d : convolution3d)(state, parameters, name);
      if (made !== null) found.set(layer.outputs[0] ?? "", facts.push(made) - 1);
    } else if (kind === BATCH_NORM) norms.push(layer);
    else if (kind === INNER_PRODUCT) await listInnerProduct(state, layer);
    else if (kind === BRANCH || kind === LOOP) {
      for (const inner of await reader.fields(parameters, "a branch"))
        if (
          inner.wire === 2 &&
          (kind === BRANCH ? inner.number <= 2 : inner.number >= 3 && inner.number <= 4)
        )
          await readNetwork(state, inner, prefix, depth + 1);
    }
  }
  for (const norm of norms) {
    const input = norm.inputs[0] ?? "";
    const conv = found.get(input);
    const batchNorm = await readBatchNorm(state, norm);
    if (batchNorm !== null && conv !== undefined && users.get(input) === 1)
      facts[conv] = { ...facts[conv]!, batchNorm };
  }
}

/** NeuralNetworkLayer: name=1, input=2, output=3, one message of its kind from 100 on. */
async function readLayer(
  { reader }: CoremlState,
  message: SourceField,
  otherwise: string,
  prefix: string,
): Promise<NetworkLayer> {
  let name = "";
  const inputs: string[] = [];
  const outputs: string[] = [];
  let [kind, parameters]: [number, SourceField | null] = [0, null];
  for (const field of await reader.fields(message, "a layer")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) name = await reader.text(field);
    else if (field.number === 2) inputs.push(await reader.text(field));
    else if (field.number === 3) outputs.push(await reader.text(field));
    else if (field.number >= 100) [kind, parameters] = [field.number, field];
  }
  return { name: name === "" ? otherwise : `${prefix}${name}`, inputs, outputs, kind, parameters };
}

/** InnerProductLayerParams: inputChannels=1, outputChannels=2, weights=20, bias=21; no convolution, but weights. */
async function listInnerProduct(state: CoremlState, { parameters, name }: NetworkLayer): Promise<void> {
  const { numbers, messages } = await splitMessage(state.reader, parameters!, []);
  const [inputs, outputs] = [numbers.get(1)?.[0] ?? 0, numbers.get(2)?.[0] ?? 0];
  if (![inputs, outputs].every((extent) => Number.isSafeInteger(extent) && extent >= 0)) return;
  const [weights, bias] = [messages.get(20), messages.get(21)];
  if (weights !== undefined)
    state.tensors.push(await weightTensor(state, weights, `${name}.weights`, [outputs, inputs], 0));
  if (bias !== undefined) state.tensors.push(await weightTensor(state, bias, `${name}.bias`, [outputs], 0));
}

/**
 * BatchnormLayerParams: channels=1, computeMeanVar=5, instanceNormalization=6, epsilon=10, gamma=15, beta=16, mean=17,
 * variance=18; null when it works out its own statistics.
 */
async function readBatchNorm(
  state: CoremlState,
  { parameters, name }: NetworkLayer,
): Promise<BatchNorm | null> {
  const { numbers, messages } = await splitMessage(state.reader, parameters!, []);
  const channels = numbers.get(1)?.[0] ?? 0;
  if (!Number.isSafeInteger(channels) || channels < 0) return null;
  const read = async (field: number, role: string): Promise<BatchNorm["scale"]> => {
    const message = messages.get(field);
    if (message === undefined) return null;
    const tensor = await weightTensor(state, message, `${name}.${role}`, [channels], 0);
    state.tensors.push(tensor);
    return tensor;
  };
  const [scale, offset] = [await read(15, "gamma"), await read(16, "beta")];
  const [mean, variance] = [await read(17, "mean"), await read(18, "variance")];
  const ownStatistics = (numbers.get(5)?.[0] ?? 0) !== 0 || (numbers.get(6)?.[0] ?? 0) !== 0;
  if (ownStatistics || mean === null || variance === null) return null;
  let epsilon = Math.fround(1e-5);
  for (const field of await state.reader.fields(parameters!, "a batch normalisation")) {
    if (field.number !== 10 || field.wire !== 5) continue;
    const bytes = await state.reader.bytes(field);
    epsilon = new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }
  return { scale, offset, mean, variance, epsilon };
}
