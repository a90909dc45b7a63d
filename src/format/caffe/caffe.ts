import { protoReader } from "../../codec/proto-reader.ts";
import { isReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import { convLayer, type LayerFacts } from "../../model/layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { batchNormOf, usersOf } from "./batch-norm.ts";
import { caffeGeometry } from "./geometry.ts";
import { blobTensor, type CaffeBlob } from "./read-blob.ts";
import type { CaffeLayer } from "./read-layer.ts";
import { readNet } from "./read-net.ts";

const SPATIAL = ["W", "HW", "DHW"] as const;

/** Opens a Caffe net with weights (`.caffemodel`): layers in their order, values jumped over. */
export async function open(source: Source, { probe, budget, signal }: OpenContext): Promise<Model> {
  const known = [
    { start: 0, bytes: probe.head },
    { start: probe.size - probe.tail.length, bytes: probe.tail },
  ];
  const net = await readNet(protoReader(source, known, budget, signal), source.size, budget);
  const named = nameTensors(net.layers, source);
  const users = usersOf(net.layers);
  const tensorsOf = (layer: CaffeLayer): readonly Tensor[] => named.get(layer) ?? [];
  const facts: LayerFacts[] = [];
  const reasons = new Map<string, string>();
  for (const [at, layer] of net.layers.entries()) {
    const [kernel, bias] = tensorsOf(layer);
    if (kernel === undefined) continue;
    const found = isConvolution(layer)
      ? tried(convolutionOf(layer, kernel, bias ?? null, at, net.inputs.get(layer.bottoms[0] ?? "") ?? null))
      : `${layer.type || "A layer without a type"} uses it, which is no convolution.`;
    if (typeof found === "string") for (const { name } of tensorsOf(layer)) reasons.set(name, found);
    else facts.push({ ...found, batchNorm: batchNormOf(layer, users, tensorsOf) });
  }
  const tensors = [...named.values()].flat();
  const found = graphLayers(
    facts,
    tensors,
    ({ name }) => reasons.get(name) ?? "No convolution uses it as its kernel.",
  );
  return {
    file: source.name,
    format: "caffe",
    producer: "caffe",
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: found.notes,
    close: async () => source.close?.(),
  };
}

/** Caffe's own convolutions and those of its forks (C3D, depthwise ones). */
function isConvolution({ type, convolution }: CaffeLayer): boolean {
  return /convolution/i.test(type) && convolution !== null;
}

function convolutionOf(
  layer: CaffeLayer,
  kernel: Tensor,
  bias: Tensor | null,
  at: number,
  input: readonly number[] | null,
): LayerFacts | string {
  const { shape } = kernel;
  const rank = shape.length - 2;
  const spatial = SPATIAL[rank - 1];
  if (spatial === undefined)
    return `The kernel of a ${layer.type} has 3 to 5 axes; this has the shape [${shape.join(", ")}].`;
  const { groups: stated, ...geometry } = caffeGeometry(layer.convolution!, rank);
  const isUp = /deconvolution/i.test(layer.type);
  const [first = 0, second = 0] = shape;
  // Depthwise layers of forks do not always say how many groups they have.
  const groups = stated === 1 && /depthwise/i.test(layer.type) && second === 1 ? first : stated;
  const unreadable =
    groups >= 1 && first % groups === 0
      ? undefined
      : `Its kernel of shape [${shape.join(", ")}] cannot have ${groups} groups.`;
  return {
    name: layer.name || `layer_${at}`,
    kind: isUp ? "transposed" : groups > 1 && second === 1 ? "depthwise" : "conv",
    axisOrder: (isUp ? "IO" : "OI") + spatial,
    evidence: "operator",
    kernel: unreadable === undefined ? kernel : { ...kernel, unreadable },
    bias,
    groups: groups >= 1 ? groups : null,
    ...geometry,
    inputExtents:
      input?.length === rank + 2 ? input.slice(2).map((extent) => (extent > 0 ? extent : null)) : null,
  };
}

/** Facts that make a layer, or why they do not. */
function tried(facts: LayerFacts | string): LayerFacts | string {
  if (typeof facts === "string") return facts;
  try {
    convLayer(facts, 0);
    return facts;
  } catch (error) {
    if (isReadError(error)) return error.message;
    throw error;
  }
}

/** Blobs have no names: they are called as pycaffe counts them, `conv1[0]`. */
function nameTensors(
  layers: readonly CaffeLayer[],
  source: Source,
): ReadonlyMap<CaffeLayer, readonly Tensor[]> {
  const taken = new Set<string>();
  const named = new Map<CaffeLayer, readonly Tensor[]>();
  for (const [at, layer] of layers.entries()) {
    const tensors = layer.blobs.map((blob, index) => {
      const base = `${layer.name || `layer_${at}`}[${index}]`;
      let name = base;
      for (let copy = 2; taken.has(name); copy++) name = `${base}#${copy}`;
      taken.add(name);
      return blobTensor(blob, name, shapeFor(blob, index), source);
    });
    named.set(layer, tensors);
  }
  return named;
}

/** Before shapes every blob had four extents (five in C3D): vectors had ones in front. */
function shapeFor({ shape, isC3d }: CaffeBlob, index: number): readonly number[] {
  const isOld = shape.length === (isC3d ? 5 : 4);
  return index > 0 && isOld && shape.slice(0, -1).every((extent) => extent === 1) ? shape.slice(-1) : shape;
}
