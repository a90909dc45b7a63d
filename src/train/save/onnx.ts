import { ReadError } from "../../errors.ts";
import type { Network } from "../network.ts";
import { channelsFirst } from "./channels-first.ts";
import { firstWeights } from "./first-weights.ts";
import { type OnnxAttribute, type OnnxConstant, type OnnxNode, onnxPart } from "./onnx-nodes.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

/** The operator set that is written, and the version of the file format that came with it. */
const OPERATOR_SET = 20;
const IR_VERSION = 9;
/** What one message of Protocol Buffers may hold. */
const LIMIT = 2 ** 31 - 1;

/** Numbers of `AttributeProto.type`. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;
/** Numbers of `TensorProto.data_type`. */
const FLOAT = 1;
const INT64 = 7;

/**
 * A network as an ONNX file, for use without training: dropout is left out, normalisation uses its moving
 * statistics. Input and output are as in Keras, channels last, with a free batch axis `N`.
 *
 * @throws ReadError `limit` when the weights pass the 2 GiB that an ONNX file holds
 */
export function saveOnnx(network: Network): Uint8Array<ArrayBuffer> {
  const bytes = 4 * network.countParams();
  if (bytes > LIMIT - 2 ** 20) {
    throw new ReadError(
      "limit",
      `The weights take ${bytes} bytes, and an ONNX file holds less than 2 GiB: export as safetensors.`,
    );
  }
  const program = channelsFirst(network);
  const parts = program.steps.map(onnxPart);
  const weights = firstWeights(network).map(
    ({ node, name, shape, data }): OnnxConstant => ({ name: `${node}.${name}`, shape, data }),
  );
  const graph = new ProtobufWriter();
  for (const [i, node] of parts.flatMap((part) => part.nodes).entries()) graph.message(1, nodeProto(node, i));
  graph.text(2, network.name);
  for (const constant of [...weights, ...parts.flatMap((part) => part.constants)])
    graph.message(5, tensorProto(constant));
  for (const step of program.steps) {
    if (step.kind === "node" && step.node.op.kind === "input")
      graph.message(11, valueProto(step.value, step.node.op.shape));
  }
  graph.message(12, valueProto(program.output, network.outputShape));
  return new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, "kernelscope")
    .message(7, graph)
    .message(8, new ProtobufWriter().text(1, "").integer(2, OPERATOR_SET))
    .finish();
}

function nodeProto({ op, inputs, output, attributes = {} }: OnnxNode, index: number): ProtobufWriter {
  const node = new ProtobufWriter();
  for (const input of inputs) node.text(1, input);
  node.text(2, output).text(3, `${op}_${index}`).text(4, op);
  for (const [name, value] of Object.entries(attributes)) node.message(5, attributeProto(name, value));
  return node;
}

function attributeProto(name: string, value: OnnxAttribute): ProtobufWriter {
  const attribute = new ProtobufWriter().text(1, name);
  if ("float" in value) return attribute.float(2, value.float).integer(20, ATTRIBUTE.float);
  if ("int" in value) return attribute.integer(3, value.int).integer(20, ATTRIBUTE.int);
  if ("string" in value) return attribute.text(4, value.string).integer(20, ATTRIBUTE.string);
  for (const each of value.ints) attribute.integer(8, each);
  return attribute.integer(20, ATTRIBUTE.ints);
}

/** Raw data are little endian, as all machines that run this are. */
function tensorProto({ name, shape, data }: OnnxConstant): ProtobufWriter {
  const tensor = new ProtobufWriter();
  for (const extent of shape) tensor.integer(1, extent);
  return tensor
    .integer(2, data instanceof Float32Array ? FLOAT : INT64)
    .text(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** A float32 value `[N, ...shape]`. */
function valueProto(name: string, shape: readonly number[]): ProtobufWriter {
  const extents = new ProtobufWriter().message(1, new ProtobufWriter().text(2, "N"));
  for (const extent of shape) extents.message(1, new ProtobufWriter().integer(1, extent));
  const tensor = new ProtobufWriter().integer(1, FLOAT).message(2, extents);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
