import type { Flatbuffer } from "../../codec/flatbuffer.ts";
import { isReadError } from "../../errors.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshaped, transposed } from "../../tensor/views.ts";
import type { Constants } from "./constants.ts";
import { type ConvFacts, readConvolution } from "./conv-operators.ts";
import { type Links, type Origin, originOf, type Place } from "./follow.ts";
import type { Operator, Subgraph } from "./graph.ts";
import { layerName } from "./layer-name.ts";

/** What layers are found in. */
export interface ModelParts {
  readonly file: Flatbuffer;
  readonly subgraphs: readonly Subgraph[];
  readonly constants: Constants;
  readonly links: Links;
}

/** The convolutions of all subgraphs, in the order of execution, and what was not one after all. */
export async function findConvolutions(
  parts: ModelParts,
): Promise<{ readonly facts: LayerFacts[]; readonly notes: string[] }> {
  const facts: LayerFacts[] = [];
  let computed = 0;
  for (const subgraph of parts.subgraphs) {
    for (const [number, operator] of subgraph.operators.entries()) {
      const found = await readConvolution(parts.file, operator);
      if (found === null) continue;
      const layer = await layerOf(parts, subgraph, operator, number, found);
      if (layer === null) computed++;
      else facts.push(layer);
    }
  }
  const notes =
    computed === 0
      ? []
      : [`${computed} convolutions are left out: their kernels are worked out when the model runs.`];
  return { facts, notes };
}

async function layerOf(
  parts: ModelParts,
  subgraph: Subgraph,
  operator: Operator,
  number: number,
  { operator: how, strides, padding, dilation, groups: stated, note }: ConvFacts,
): Promise<LayerFacts | null> {
  const { constants } = parts;
  const place = { subgraph, tensor: operator.inputs[how.kernel] ?? -1 };
  const seen = await seenTensor(parts, place);
  if (seen === null || seen.tensor.shape.length !== how.axisOrder.length) return null;
  const kernel = seen.tensor;
  const input = await constants.info(subgraph, operator.inputs[how.input] ?? -1);
  const output = await constants.info(subgraph, operator.outputs[0] ?? -1);
  const channels = input?.openShape.at(-1) ?? null;
  const inPerGroup = kernel.shape[how.axisOrder.indexOf("I")]!;
  const plain = how.kind === "conv" && channels !== null && inPerGroup > 0 && channels % inPerGroup === 0;
  const groups = stated ?? (plain ? channels / inPerGroup : how.kind === "depthwise" ? channels : 1);
  const known = input !== null && input.shape.length === how.axisOrder.length && stated === null;
  const said = [note, ...seen.notes].filter((text) => text !== undefined);
  return {
    name: layerName(kernel.name, output?.name ?? "", operator.name, number),
    kind: how.kind,
    axisOrder: how.axisOrder,
    evidence: "operator",
    kernel,
    bias: (await seenTensor(parts, { subgraph, tensor: operator.inputs[how.bias] ?? -1 }))?.tensor ?? null,
    groups: how.kind === "conv" && !plain && stated === null ? null : groups,
    strides,
    padding,
    dilation,
    inputExtents: known ? input.openShape.slice(1, -1) : null,
    ...(said.length === 0 ? {} : { note: said.join(" ") }),
  };
}

/** A constant as an operator sees it. */
interface Seen {
  readonly tensor: Tensor;
  readonly notes: readonly string[];
}

/** The constant behind an operator's input, in the shape in which it arrives there; null when it is computed. */
async function seenTensor(parts: ModelParts, place: Place): Promise<Seen | null> {
  if (place.tensor < 0) return null;
  const origin = originOf(place, parts.links);
  const constant = await parts.constants.tensor(origin);
  if (constant === null) return null;
  try {
    return await alongPath(parts, constant, origin);
  } catch (error) {
    // A reshape that does not fit is the graph's mistake; the constant stays in the list of tensors.
    if (isReadError(error, "malformed")) return null;
    throw error;
  }
}

/** What the operators on the way do to a constant, the first of them first. */
async function alongPath(parts: ModelParts, constant: Tensor, { path }: Origin): Promise<Seen | null> {
  let tensor = constant;
  const notes = new Set<string>();
  for (const { operator, subgraph } of [...path].reverse()) {
    const made = await parts.constants.info(subgraph, operator.outputs[0] ?? -1);
    if (made === null) return null;
    switch (operator.name) {
      case "RESHAPE":
      case "STABLEHLO_RESHAPE":
      case "EXPAND_DIMS":
      case "SQUEEZE":
        tensor = reshaped(tensor, made.shape);
        break;
      case "TRANSPOSE": {
        const order = await parts.constants.integers({ subgraph, tensor: operator.inputs[1] ?? -1 });
        if (order === null) return null;
        tensor = transposed(tensor, order);
        break;
      }
      case "STABLEHLO_TRANSPOSE": {
        const options = await parts.file.child(operator.table, 12);
        const order = options === null ? null : await parts.file.numbers(options, 0, "int64");
        if (order === null) return null;
        tensor = transposed(tensor, order);
        break;
      }
      case "CAST":
        // A cast takes the stored integers as they are.
        tensor = { ...tensor, quantization: undefined };
        break;
      case "QUANTIZE":
      case "FAKE_QUANT":
        notes.add("The model quantises this kernel when it runs; these are the weights before that.");
        break;
      case "READ_VARIABLE":
        notes.add("The kernel is a variable; these are its first values.");
        break;
    }
  }
  return { tensor, notes: [...notes] };
}
