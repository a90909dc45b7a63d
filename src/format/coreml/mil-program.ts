import type { ProtoRange, SourceField } from "../../codec/proto-reader.ts";
import { isReadError, ReadError } from "../../errors.ts";
import { convLayer, type LayerFacts } from "../../model/layers.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { computedTensor } from "./computed-tensor.ts";
import { arrayLength, arrayValues, type MilArray, readArray, readText } from "./mil-array.ts";
import { CONSTEXPR } from "./mil-constexpr.ts";
import { type MilOp, readEntry, readNamed, readOp } from "./mil-op.ts";
import { type CoremlState, freeName } from "./model-parts.ts";

const SPATIAL = ["W", "HW", "DHW"] as const;

/** The names of a block, while its operations are gone through. */
interface MilScope {
  /** What makes each name, as far as it is a constant. */
  readonly constants: Map<string, MilOp>;
  readonly shapes: Map<string, readonly (number | null)[] | null>;
  /** Tensors that were made of constants. */
  readonly tensors: Map<string, Tensor>;
  readonly prefix: string;
}

/** Finds the convolutions of a Program: functions=2, each with block_specializations=3. */
export async function readProgram(state: CoremlState, range: ProtoRange, prefix: string): Promise<void> {
  const { reader } = state;
  const functions: { readonly key: string; readonly value: SourceField }[] = [];
  for await (const field of reader.walk(range, "the program")) {
    if (field.number !== 2 || field.wire !== 2) continue;
    const { key, value } = await readEntry(state, field);
    if (value !== null) functions.push({ key, value });
  }
  for (const { key, value } of functions) {
    const scope: MilScope = {
      constants: new Map(),
      shapes: new Map(),
      tensors: new Map(),
      prefix: functions.length > 1 ? `${prefix}${key}/` : prefix,
    };
    await readFunction(state, value, scope);
  }
}

/** Function: inputs=1, opset=2, block_specializations=3; the block of its opset is what runs. */
async function readFunction(state: CoremlState, message: SourceField, scope: MilScope): Promise<void> {
  const { reader } = state;
  let opset = "";
  const blocks: { readonly key: string; readonly value: SourceField }[] = [];
  for await (const field of reader.walk(message, "a function")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) {
      const { name, shape } = await readNamed(state, field);
      scope.shapes.set(name, shape);
    } else if (field.number === 2) opset = await reader.text(field);
    else if (field.number === 3) {
      const { key, value } = await readEntry(state, field);
      if (value !== null) blocks.push({ key, value });
    }
  }
  const block = blocks.find(({ key }) => key === opset) ?? blocks[0];
  if (block !== undefined) await readBlock(state, block.value, scope, 0);
}

/** Block: operations=3. */
async function readBlock(
  state: CoremlState,
  message: SourceField,
  scope: MilScope,
  depth: number,
): Promise<void> {
  state.budget.enter(depth, "Blocks of a program");
  for await (const field of state.reader.walk(message, "a block")) {
    if (field.number !== 3 || field.wire !== 2) continue;
    // By the memory that an operation takes, in units of some sixty bytes.
    state.budget.count(40, "operations");
    const op = await readOp(state, field);
    for (const { name, shape } of op.outputs) scope.shapes.set(name, shape);
    if (op.type === "const" || op.type.startsWith("constexpr_")) {
      for (const { name } of op.outputs) scope.constants.set(name, op);
      if (op.type === "const") await listConstant(state, op, scope);
    } else if (op.type === "conv" || op.type === "conv_transpose") await followConvolution(state, op, scope);
    for (const block of op.blocks) await readBlock(state, block, scope, depth + 1);
  }
}

/** Lists a constant of numbers with axes, whether or not a convolution uses it. */
async function listConstant(state: CoremlState, op: MilOp, scope: MilScope): Promise<void> {
  const name = op.outputs[0]?.name;
  const shape = op.outputs[0]?.shape;
  const value = op.attributes.get("val");
  if (name === undefined || value === undefined || !shape || shape.length === 0) return;
  const array = await readArray(state, value);
  // Shapes, axes and names are what a program computes with.
  if (array === null || /^(bool|int32|string)$/.test(array.dtype)) return;
  const own: MilOp = { ...op, inputs: new Map([["x", { name }]]) };
  await tensorOf(state, own, "x", scope, name);
}

async function followConvolution(state: CoremlState, op: MilOp, scope: MilScope): Promise<void> {
  const nameValue = op.attributes.get("name");
  const told = nameValue === undefined ? null : await readText(state, nameValue);
  const name = `${scope.prefix}${told ?? op.outputs[0]?.name ?? "conv"}`;
  const kernel = await tensorOf(state, op, "weight", scope, `${name}.weight`);
  if (kernel === null) {
    state.notes.add(`The convolution ${JSON.stringify(name)} gets its weights while the program runs.`);
    return;
  }
  const context = contextOf(state);
  const numbers = async (parameter: string): Promise<number[] | null> => {
    const array = await parameterOf(state, op, parameter, scope, 0);
    return array === null || countOf(array.shape) > 64 ? null : [...(await arrayValues(array, context))];
  };
  const { shape } = kernel.tensor;
  const rank = shape.length - 2;
  const spatial = SPATIAL[rank - 1];
  const [groups = 1] = (await numbers("groups")) ?? [];
  const ones = Array.from({ length: Math.max(0, rank) }, () => 1);
  const isUp = op.type === "conv_transpose";
  const x = op.inputs.get("x");
  const input = x !== undefined && "name" in x ? (scope.shapes.get(x.name) ?? null) : null;
  const bias = await tensorOf(state, op, "bias", scope, `${name}.bias`);
  const facts: LayerFacts | null =
    spatial === undefined
      ? null
      : {
          name,
          kind: isUp ? "transposed" : groups > 1 && shape[1] === 1 ? "depthwise" : "conv",
          axisOrder: (isUp ? "IO" : "OI") + spatial,
          evidence: "operator",
          kernel: kernel.tensor,
          bias: bias?.tensor ?? null,
          groups,
          strides: (await numbers("strides")) ?? ones,
          dilation: (await numbers("dilations")) ?? ones,
          padding: paddingOf(await typeOfPadding(state, op, scope), await numbers("pad"), rank),
          inputExtents: input?.length === rank + 2 ? input.slice(2) : null,
          note: kernel.note,
        };
  const problem = facts === null ? "A kernel has 3 to 5 axes." : whyNot(facts);
  if (problem === null) state.facts.push(facts!);
  else state.reasons.set(kernel.tensor.name, problem);
}

function whyNot(facts: LayerFacts): string | null {
  try {
    convLayer(facts, 0);
    return null;
  } catch (error) {
    if (isReadError(error)) return error.message;
    throw error;
  }
}

async function typeOfPadding(state: CoremlState, op: MilOp, scope: MilScope): Promise<string> {
  const binding = op.inputs.get("pad_type");
  const value =
    binding === undefined
      ? undefined
      : "value" in binding
        ? binding.value
        : scope.constants.get(binding.name)?.attributes.get("val");
  return (value === undefined ? null : await readText(state, value)) ?? "valid";
}

/** `pad` is before and after, axis by axis, and only counts when the type is custom. */
function paddingOf(type: string, pad: readonly number[] | null, rank: number): LayerFacts["padding"] {
  if (type !== "custom") return type === "valid" || type === "same" || type === "same_lower" ? type : null;
  if (pad?.length !== 2 * rank) return null;
  return Array.from({ length: rank }, (_, axis) => [pad[2 * axis]!, pad[2 * axis + 1]!] as const);
}

/** A kernel or bias, with what should be known of it. */
interface FoundTensor {
  readonly tensor: Tensor;
  readonly note?: string | undefined;
}

async function tensorOf(
  state: CoremlState,
  op: MilOp,
  parameter: string,
  scope: MilScope,
  otherwise: string,
): Promise<FoundTensor | null> {
  const binding = op.inputs.get(parameter);
  if (binding === undefined) return null;
  const maker = "name" in binding ? scope.constants.get(binding.name) : undefined;
  if ("name" in binding && maker === undefined) return null;
  const compressed = maker !== undefined && maker.type !== "const";
  const note = compressed
    ? `Its weights are stored compressed and are worked out by ${maker.type}.`
    : undefined;
  const known = "name" in binding ? scope.tensors.get(binding.name) : undefined;
  if (known !== undefined) return { tensor: known, note };
  const name = freeName(state, "name" in binding ? `${scope.prefix}${binding.name}` : otherwise);
  const tensor = await madeTensor(state, op, parameter, scope, name);
  if ("name" in binding) scope.tensors.set(binding.name, tensor);
  state.tensors.push(tensor);
  return { tensor, note };
}

async function madeTensor(
  state: CoremlState,
  op: MilOp,
  parameter: string,
  scope: MilScope,
  name: string,
): Promise<Tensor> {
  const refuse = (shape: readonly number[], unreadable: string): Tensor => ({
    name,
    dtype: "float32",
    shape,
    unreadable,
    readBytes: async () => {
      throw new ReadError("unsupported", unreadable);
    },
  });
  let array: MilArray | null;
  try {
    array = await parameterOf(state, op, parameter, scope, 0);
  } catch (error) {
    if (!isReadError(error, "unsupported")) throw error;
    const binding = op.inputs.get(parameter);
    const shape = binding !== undefined && "name" in binding ? scope.shapes.get(binding.name) : null;
    return refuse(shape?.map((extent) => extent ?? 0) ?? [], error.message);
  }
  if (array === null) return refuse([], "Its values are not in the program.");
  const { dtype, shape } = array;
  const length = arrayLength(array);
  if (!isDType(dtype) || !Number.isSafeInteger(length))
    return refuse(shape, `Its values are of ${dtype} [${shape.join(", ")}].`);
  return computedTensor(name, dtype, shape, (context) => array.bytes(context));
}

/** A parameter as an array: a value, a constant by name, or what a compressing operation makes. */
async function parameterOf(
  state: CoremlState,
  op: MilOp,
  parameter: string,
  scope: MilScope,
  depth: number,
): Promise<MilArray | null> {
  state.budget.enter(depth, "Compressed constants");
  const attribute = op.attributes.get(parameter);
  if (attribute !== undefined) return readArray(state, attribute);
  const binding = op.inputs.get(parameter);
  if (binding === undefined) return null;
  if ("value" in binding) return readArray(state, binding.value);
  const maker = scope.constants.get(binding.name);
  if (maker === undefined) return null;
  if (maker.type === "const") {
    const value = maker.attributes.get("val");
    return value === undefined ? null : readArray(state, value);
  }
  const decompress = CONSTEXPR.get(maker.type);
  if (decompress === undefined)
    throw new ReadError(
      "unsupported",
      `Its weights are made by ${maker.type}, which Kernelscope does not read.`,
    );
  const made = await decompress(
    (name) => parameterOf(state, maker, name, scope, depth + 1),
    contextOf(state),
  );
  if (typeof made === "string") throw new ReadError("unsupported", made);
  if (made === null)
    throw new ReadError("unsupported", `The parts of ${maker.type} that make its weights are not constants.`);
  return made;
}

function contextOf({ budget, signal }: CoremlState): ReadContext {
  return { budget, signal };
}
