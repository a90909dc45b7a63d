import { ReadError } from "../../errors.ts";
import { findLayers } from "../../model/find-layers.ts";
import { convLayer } from "../../model/layers.ts";
import type { ConvLayer, Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import { aligned, swapped, toNative } from "../../tensor/bytes.ts";
import { countOf, DTYPES } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshaped } from "../../tensor/views.ts";
import type { OpenContext } from "../format.ts";
import { readPieces } from "../stored-tensor.ts";
import { blockValues, isReadBlock } from "./block-values.ts";
import { type GgufEntry, readGgufDirectory } from "./directory.ts";

/** Short convolutions of state-space models: depthwise, kept as a matrix [channels, width]. */
const FLAT_CONVOLUTION = /(?:^|\.)(?:ssm_conv1d|shortconv\.conv)\.weight$/;
/** Matrices of several experts or heads in one tensor. */
const STACKED = /_exps\.|_chexps\.|(?:^|\.)(?:attn|ffn|ssm|time_mix|channel_mix)_/;

/** Opens a GGUF file (llama.cpp, whisper.cpp, stable-diffusion.cpp): names, shapes and blocks, but no operators. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { probe, axisOrder } = context;
  const { bigEndian, entries, texts } = await readGgufDirectory(source, probe.head, context);
  const tensors = entries.map((entry) => ggufTensor(source, entry, bigEndian));
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const stacked = new Set(tensors.filter(({ name, shape }) => shape.length >= 3 && STACKED.test(name)));
  const flat = tensors.filter(({ name, shape }) => shape.length === 2 && FLAT_CONVOLUTION.test(name));
  const views = new Map(flat.map((tensor) => [tensor, asDepthwise(tensor)]));
  const open = tensors.filter((tensor) => !stacked.has(tensor) && !views.has(tensor));
  const found = findLayers(open, { axisOrder, convention: "torch" });
  const blocks = new Map(
    entries.map(({ name, type }) => [name, type.dtype === undefined ? type.name : null]),
  );
  const short = [...views.values()].map((kernel) =>
    convLayer(
      {
        name: kernel.name.replace(/\.weight$/, ""),
        kind: "depthwise",
        axisOrder: "OIW",
        evidence: "name",
        groups: kernel.shape[0]!,
        kernel,
        bias: byName.get(kernel.name.replace(/weight$/, "bias")) ?? null,
        note: "The file keeps this depthwise kernel as a matrix of channels and widths.",
      },
      0,
    ),
  );
  const architecture = texts.get("general.architecture");
  return {
    file: source.name,
    format: "gguf",
    producer: null,
    layers: [...found.layers, ...short].map((layer, index) =>
      withBlocks(withBias({ ...layer, index }, byName), blocks),
    ),
    tensors,
    rejected: [
      ...found.rejected,
      ...[...stacked].map((tensor) => ({ tensor, reason: "It holds several matrices, not convolutions." })),
    ],
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [
      ...(architecture === undefined ? [] : [`The model's architecture is ${JSON.stringify(architecture)}.`]),
      ...found.notes,
    ],
    close: async () => source.close?.(),
  };
}

/** whisper.cpp keeps biases as columns, [out, 1]. */
function withBias(layer: ConvLayer, byName: ReadonlyMap<string, Tensor>): ConvLayer {
  if (layer.bias !== null) return layer;
  const bias = byName.get(layer.kernel.name.replace(/weight$/, "bias"));
  return bias !== undefined && bias.name !== layer.kernel.name && countOf(bias.shape) === layer.shape[0]
    ? { ...layer, bias }
    : layer;
}

/** A layer whose kernel is stored in blocks says so. */
function withBlocks(layer: ConvLayer, blocks: ReadonlyMap<string, string | null>): ConvLayer {
  const name = blocks.get(layer.kernel.name) ?? null;
  if (name === null || layer.kernel.unreadable !== undefined) return layer;
  const said = `The kernel is stored in blocks of ${name}; these are the float32 values that it stands for.`;
  return { ...layer, note: layer.note === undefined ? said : `${layer.note} ${said}` };
}

function asDepthwise(tensor: Tensor): Tensor {
  const [channels, width] = tensor.shape as [number, number];
  return reshaped(tensor, [channels, 1, width]);
}

function ggufTensor(
  source: Source,
  { name, shape, type, offset, length }: GgufEntry,
  bigEndian: boolean,
): Tensor {
  const { dtype } = type;
  const block = type.name;
  const readable = dtype !== undefined || isReadBlock(block);
  const unreadable = readable ? undefined : `It is quantised as ${block}, which Kernelscope does not read.`;
  return {
    name,
    dtype: dtype ?? (isReadBlock(block) ? "float32" : block),
    shape,
    ...(unreadable === undefined ? {} : { unreadable }),
    async readBytes(context) {
      if (unreadable !== undefined) throw new ReadError("unsupported", unreadable, { file: source.name });
      const bytes = await readPieces(source, offset, length, context);
      if (dtype !== undefined) {
        const size = DTYPES[dtype].bits / 8;
        return bigEndian && size > 1 ? swapped(bytes, size) : aligned(bytes, size);
      }
      if (!isReadBlock(block)) throw new ReadError("unsupported", `It is quantised as ${block}.`);
      const release = context.budget.take(countOf(shape) * 4, "values out of blocks");
      try {
        return toNative(new Uint8Array(blockValues(bytes, block, !bigEndian).buffer), 4);
      } finally {
        release();
      }
    },
  };
}
