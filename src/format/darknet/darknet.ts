import { ReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { storedTensor } from "../stored-tensor.ts";
import { assertTensors } from "../tensors-most.ts";
import { CFG_MOST, readSections } from "./config.ts";
import { readWeightsHeader } from "./header.ts";
import { type DarknetConvolution, type DarknetLayer, readNetwork } from "./network.ts";
import { findConfig, findWeights, isConfig } from "./siblings.ts";

/** Darknet's, on the GPU and in its later versions everywhere. */
const EPSILON = 0.00001;

/** Opens Darknet's weights together with the .cfg that says what they are; either of the two may be given. */
export async function open(source: Source, { probe, budget, signal }: OpenContext): Promise<Model> {
  const [config, weights] = isConfig(probe.head, probe.name)
    ? [source, await findWeights(source, signal)]
    : [await findConfig(source, signal), source];
  const other = config === source ? weights : config;
  const close = async (): Promise<void> => {
    await Promise.all([other.close?.(), source.close?.()]);
  };
  try {
    return { ...(await openPair(config, weights, { budget, signal })), file: source.name, close };
  } catch (error) {
    await other.close?.();
    throw error;
  }
}

async function openPair(
  config: Source,
  weights: Source,
  { budget, signal }: Pick<OpenContext, "budget" | "signal">,
): Promise<Omit<Model, "file" | "close">> {
  if (config.size > CFG_MOST) {
    throw new ReadError("limit", `The .cfg has ${config.size} bytes; the limit is ${CFG_MOST}.`, {
      file: config.name,
    });
  }
  const text = new TextDecoder().decode(await config.read(0, config.size, signal));
  const { layers, unknown } = readNetwork(readSections(text, budget), budget);
  const header = await readWeightsHeader(weights, signal);
  const stored = placeTensors(layers, weights, header.length, unknown !== null);
  const byName = new Map(stored.tensors.map((tensor) => [tensor.name, tensor]));
  const facts = layers
    .flatMap(({ convolutions }) => convolutions)
    .map((convolution) => factsOf(convolution, byName, header.transposed));
  const found = graphLayers(facts, stored.tensors, ({ name }) =>
    name.startsWith("local_")
      ? "It holds a kernel of its own for every place of the picture."
      : "No convolution of the network uses it.",
  );
  return {
    format: "darknet",
    producer: `darknet ${header.version}`,
    layers: found.layers,
    tensors: stored.tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(stored.tensors),
    notes: [
      ...(unknown === null
        ? []
        : [
            `Layers from number ${layers.length} on are left out: it is a [${unknown.slice(0, 40)}], whose weights Kernelscope cannot pass over.`,
          ]),
      ...stored.notes,
      ...found.notes,
    ],
  };
}

/** Every array at its place: they stand one after the other. */
function placeTensors(
  layers: readonly DarknetLayer[],
  weights: Source,
  start: number,
  isPart: boolean,
): { readonly tensors: readonly Tensor[]; readonly notes: readonly string[] } {
  const tensors: Tensor[] = [];
  let offset = start;
  let missing: number | null = null;
  for (const [number, { parts }] of layers.entries()) {
    const length = parts.reduce((sum, { shape }) => sum + countOf(shape) * 4, 0);
    // Weights to start training from hold the first layers only, each of them whole.
    if (missing === null && offset === weights.size && length > 0) missing = number;
    const unreadable =
      missing === null ? undefined : `The file holds the weights of the first ${missing} layers only.`;
    assertTensors(tensors.length + parts.length);
    for (const { name, shape } of parts) {
      tensors.push(storedTensor({ name, dtype: "float32", shape, source: weights, offset, unreadable }));
      if (missing === null) offset += countOf(shape) * 4;
    }
    if (offset > weights.size) {
      throw new ReadError(
        "truncated",
        `The weights of layer ${number} should end at byte ${offset}, but the file has ${weights.size} bytes: it is cut off, or of another .cfg.`,
        { file: weights.name },
      );
    }
  }
  if (offset < weights.size && !isPart) {
    throw new ReadError(
      "malformed",
      `The .cfg describes ${offset} bytes of weights, but the file has ${weights.size}: they do not belong together.`,
      { file: weights.name },
    );
  }
  const notes =
    missing === null
      ? []
      : [`The file holds the weights of the first ${missing} layers of its .cfg; the others are not in it.`];
  return { tensors, notes };
}

function factsOf(
  convolution: DarknetConvolution,
  byName: ReadonlyMap<string, Tensor>,
  turned: boolean,
): LayerFacts {
  const { name, groups, strides, dilation, padding, input, transposed, normalised } = convolution;
  const part = (leaf: string): Tensor => byName.get(`${name}.${leaf}`)!;
  const kind = transposed ? "transposed" : groups > 1 && groups === input.channels ? "depthwise" : "conv";
  return {
    name,
    kind,
    axisOrder: convolution.axisOrder,
    evidence: "operator",
    kernel: part("weights"),
    // What normalises adds the biases itself.
    bias: normalised ? null : part("biases"),
    groups,
    strides,
    padding: [
      [padding, padding],
      [padding, padding],
    ],
    dilation,
    inputExtents: [input.height, input.width],
    batchNorm: normalised
      ? {
          scale: part("scales"),
          offset: part("biases"),
          mean: part("rolling_mean"),
          variance: part("rolling_variance"),
          epsilon: EPSILON,
        }
      : null,
    ...(turned ? { note: "A file of an early Darknet: fully connected layers are stored turned." } : {}),
  };
}
