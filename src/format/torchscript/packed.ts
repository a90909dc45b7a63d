import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { isScript, type ScriptObject, type ScriptPacked, type ScriptValue } from "./value.ts";

/** The classes in which PyTorch keeps the packed weights of quantised convolutions. */
const PACKED = /^__torch__\.torch\.classes\.quantized\.Conv\w*PackedParamsBase$/;
/** Numbers of the longest geometry: three axes, four lists, and three more. */
const GEOMETRY_MOST = 15;

/** A name for the weight and bias of packed parameters, which stand in lists; other names as they are. */
export function packedName(name: string, objects: ReadonlySet<string>): string {
  const match = /^(.*)\.state\.(1\.1|2\.0)$/.exec(name);
  if (match === null || !objects.has(match[1]!)) return name;
  return `${match[1]}.${match[2] === "1.1" ? "weight" : "bias"}`;
}

/** Paths of the objects that are packed parameters. */
export function packedPaths(objects: readonly ScriptObject[]): ReadonlySet<string> {
  return new Set(objects.filter(({ className }) => PACKED.test(className)).map(({ path }) => path));
}

/**
 * What packed parameters hold, of those that are stored as such (`serialize_conv`, version 2, of
 * ATen/native/quantized/cpu/conv_serialization.h): `("2", [geometry, weight], [bias])`, the geometry as 16-bit integers:
 * axes, strides, padding, dilation, output padding, groups, transposed.
 */
export async function readPacked(
  objects: readonly ScriptObject[],
  tensors: ReadonlyMap<string, Tensor>,
  context: ReadContext,
): Promise<ReadonlyMap<ScriptObject, ScriptPacked>> {
  const packed = new Map<ScriptObject, ScriptPacked>();
  for (const object of objects) {
    if (!PACKED.test(object.className) || !isScript(object.state, "sequence")) continue;
    const [version, parts, others] = object.state.items;
    if (version !== "2" || !isScript(parts, "sequence")) continue;
    const [geometry, weight = null] = parts.items;
    const stored = isScript(geometry, "tensor") ? tensors.get(geometry.id) : undefined;
    const numbers = stored === undefined ? null : await numbersOf(stored, context);
    const bias = isScript(others, "sequence") ? (others.items[0] ?? null) : null;
    const made = numbers === null ? null : fromNumbers(numbers, weight, bias);
    if (made !== null) packed.set(object, made);
  }
  return packed;
}

async function numbersOf(tensor: Tensor, context: ReadContext): Promise<readonly number[] | null> {
  const count = countOf(tensor.shape);
  if (!isDType(tensor.dtype) || tensor.unreadable !== undefined || count > GEOMETRY_MOST) return null;
  return [...decode(await tensor.readBytes(context), tensor.dtype, count)];
}

function fromNumbers(
  numbers: readonly number[],
  weight: ScriptValue,
  bias: ScriptValue,
): ScriptPacked | null {
  const [axes = 0] = numbers;
  if (numbers.length !== 1 + 4 * axes + 2) return null;
  const list = (at: number): ScriptValue => ({
    kind: "sequence",
    items: numbers.slice(1 + at * axes, 1 + (at + 1) * axes),
  });
  const args = new Map<string, ScriptValue>([
    ["weight", weight],
    ["bias", bias],
    ["stride", list(0)],
    ["padding", list(1)],
    ["dilation", list(2)],
    ["groups", numbers[1 + 4 * axes]!],
  ]);
  return { kind: "packed", args, transposed: numbers[2 + 4 * axes] !== 0 };
}
