import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { createNames } from "../fresh-names.ts";
import type { Place } from "./follow.ts";
import type { Subgraph } from "./graph.ts";
import {
  constantTensor,
  locateBuffer,
  readTensorInfo,
  type TensorInfo,
  type TensorPlace,
} from "./tensors.ts";

/** Most values of a shape or an order of axes. */
const INTEGERS_MOST = 16;

/** The tensors of a model's subgraphs: what their tables say, and the constants among them. */
export interface Constants {
  /** The constants, each once, in the order of their subgraphs. */
  readonly tensors: readonly Tensor[];
  /** What is counted as a parameter: constants that are numbers to compute with, not shapes and axes. */
  readonly parameters: number;
  info(subgraph: Subgraph, tensor: number): Promise<TensorInfo | null>;
  /** The constant at a place; null when it is none. */
  tensor(place: Place): Promise<Tensor | null>;
  /** A short constant of integers, read; null when it is none. */
  integers(place: Place): Promise<number[] | null>;
}

/** Lists the constants: what no operator makes, what is no input and no variable, and has a buffer. */
export async function listConstants(
  subgraphs: readonly Subgraph[],
  place: TensorPlace,
  context: Pick<ReadContext, "budget" | "signal">,
): Promise<Constants> {
  const tensors: Tensor[] = [];
  const byPlace = new Map<string, Tensor>();
  const byIdentity = new Map<string, Tensor>();
  const names = createNames();
  let parameters = 0;
  for (const subgraph of subgraphs) {
    const inputs = new Set(subgraph.inputs);
    for (const [index, at] of subgraph.tensors.entries()) {
      if (subgraph.producers.has(index) || inputs.has(index)) continue;
      const info = await readTensorInfo(place.file, at);
      if (info.isVariable || !(await hasValues(info, place))) continue;
      // Subgraphs share weights by naming the same buffer; that is one tensor.
      const identity = JSON.stringify([info.name, info.buffer, info.dtype, info.shape]);
      let tensor = info.external ? undefined : byIdentity.get(identity);
      if (tensor === undefined) {
        tensor = await constantTensor(info, names(info.name === "" ? `tensor ${index}` : info.name), place);
        tensors.push(tensor);
        byIdentity.set(identity, tensor);
        if (/float|complex/.test(info.dtype) || tensor.quantization !== undefined) {
          parameters += countOf(info.shape);
        }
      }
      byPlace.set(`${subgraph.index} ${index}`, tensor);
    }
  }
  const constants: Constants = {
    tensors,
    parameters,
    async info(subgraph, tensor) {
      const at = subgraph.tensors[tensor];
      return at === undefined ? null : readTensorInfo(place.file, at);
    },
    async tensor({ subgraph, tensor }) {
      return byPlace.get(`${subgraph.index} ${tensor}`) ?? null;
    },
    async integers(at) {
      const tensor = await constants.tensor(at);
      if (tensor === null || !isDType(tensor.dtype) || !/^int/.test(tensor.dtype)) return null;
      const count = countOf(tensor.shape);
      if (count > INTEGERS_MOST || tensor.unreadable !== undefined) return null;
      return [...decode(await tensor.readBytes(context), tensor.dtype, count)];
    },
  };
  return constants;
}

/** Buffer 0 is the empty one of tensors without values; its table is only looked at where a constant names it. */
async function hasValues({ buffer, external }: TensorInfo, { file, buffers }: TensorPlace): Promise<boolean> {
  if (external || buffer !== 0) return true;
  return buffers.length > 0 && (await locateBuffer(file, buffers, 0)).length > 0;
}
