import type { Budget } from "../../budget.ts";
import { parseJson } from "../../codec/json.ts";
import { ReadError } from "../../errors.ts";
import { field, isJsonObject, listIn } from "../pt2/fields.ts";
import type { PaddleOperator, PaddleProgram, PaddleVariable, TensorDescription } from "./program.ts";

/** Number types of PIR's text form (paddle/fluid/pir/serialize_deserialize). */
const TYPES: Readonly<Record<string, string>> = {
  t_bool: "bool",
  t_i8: "int8",
  t_ui8: "uint8",
  t_i16: "int16",
  t_i32: "int32",
  t_i64: "int64",
  t_f16: "float16",
  t_bf16: "bfloat16",
  t_f32: "float32",
  t_f64: "float64",
  t_f8e4m3fn: "float8_e4m3fn",
  t_f8e5m2: "float8_e5m2",
  t_c64: "complex64",
  t_c128: "complex128",
};

/** Names of the inputs in their order, of the operators that are followed; a ProgramDesc names them. */
const SLOTS: Readonly<Record<string, readonly string[]>> = {
  conv2d: ["Input", "Filter"],
  conv3d: ["Input", "Filter"],
  depthwise_conv2d: ["Input", "Filter"],
  conv2d_transpose: ["Input", "Filter"],
  conv3d_transpose: ["Input", "Filter"],
  depthwise_conv2d_transpose: ["Input", "Filter"],
  batch_norm: ["X", "Mean", "Variance", "Scale", "Bias"],
};

/** What a ProgramDesc calls an operator. */
const TYPES_OF_OLD: Readonly<Record<string, string>> = { add: "elementwise_add" };

/**
 * Reads a program of the newer kind (PIR, `model.json`) as if it were a ProgramDesc: parameters are its persistable
 * variables, operators have their slots' names.
 *
 * @throws ReadError `malformed`, `ambiguous`, `limit`.
 */
export function readPir(bytes: Uint8Array, budget: Budget): PaddleProgram {
  const json = parseJson(bytes, budget, "The program");
  const variables = new Map<string, PaddleVariable>();
  const operators: PaddleOperator[] = [];
  /** Names of values by their numbers. */
  const names = new Map<number, string>();
  const nameOf = (value: unknown): string => {
    const number = field(value, "%");
    return typeof number === "number" ? (names.get(number) ?? `%${number}`) : "";
  };
  const pending: unknown[] = [field(json, "program")];
  while (pending.length > 0) {
    const node = pending.pop();
    budget.count(1, "operators of the program");
    const type = field(node, "#");
    for (const key of ["ops", "blocks", "regions"])
      for (const inner of listIn(node, key).toReversed()) pending.push(inner);
    if (typeof type !== "string" || /^(region|block)_/.test(type)) continue;
    const outputs = listIn(node, "O").length > 0 ? listIn(node, "O") : [field(node, "O")];
    if (type === "p") {
      const name = listIn(node, "A")[3];
      const number = field(outputs[0], "%");
      const tensor = descriptionOf(outputs[0]);
      if (typeof name !== "string" || typeof number !== "number" || tensor === null)
        throw new ReadError("malformed", "A parameter of the program has no name or no shape.");
      if (variables.has(name))
        throw new ReadError("ambiguous", `Two parameters of the program are called ${JSON.stringify(name)}.`);
      names.set(number, name);
      variables.set(name, { name, persistable: true, tensor });
      continue;
    }
    for (const output of outputs) {
      const name = nameOf(output);
      if (name !== "") variables.set(name, { name, persistable: false, tensor: descriptionOf(output) });
    }
    operators.push(operatorOf(type, node, outputs, nameOf));
  }
  return { variables, operators };
}

function operatorOf(
  type: string,
  node: unknown,
  outputs: readonly unknown[],
  nameOf: (value: unknown) => string,
): PaddleOperator {
  // `1.batch_norm_`: a dialect's number before, and an underscore behind what works in place.
  const plain = type.replace(/^\d+\./, "").replace(/_$/, "");
  const slots = Object.hasOwn(SLOTS, plain) ? SLOTS[plain]! : ["X", "Y"];
  const inputs = new Map<string, readonly string[]>();
  for (const [i, input] of listIn(node, "I").entries()) inputs.set(slots[i] ?? `#${i}`, [nameOf(input)]);
  const [first] = outputs;
  const result = plain === "batch_norm" ? "Y" : /^(depthwise_)?conv\dd/.test(plain) ? "Output" : "Out";
  const attributes = new Map<string, number | boolean | string | readonly number[]>();
  for (const attribute of listIn(node, "A")) {
    const name = field(attribute, "N");
    const value = attributeOf(field(field(attribute, "AT"), "D"));
    if (typeof name === "string" && value !== null) attributes.set(name, value);
  }
  return {
    type: Object.hasOwn(TYPES_OF_OLD, plain) ? TYPES_OF_OLD[plain]! : plain,
    inputs,
    outputs: new Map([[result, [nameOf(first)]]]),
    attributes,
  };
}

function attributeOf(value: unknown): number | boolean | string | readonly number[] | null {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  if (!Array.isArray(value)) return null;
  const numbers = value.map((item) => (isJsonObject(item) ? field(item, "D") : item));
  return numbers.every((item) => typeof item === "number") ? (numbers as number[]) : null;
}

/** `{"TT": {"D": [{"#": "0.t_f32"}, [4, 6, 3], "NCHW", [], 0]}}`; null for what is no tensor. */
function descriptionOf(value: unknown): TensorDescription | null {
  const [type, shape] = listIn(field(value, "TT"), "D");
  const word = String(field(type, "#") ?? "").replace(/^\d+\./, "");
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent))) return null;
  return { dtype: Object.hasOwn(TYPES, word) ? TYPES[word]! : word, shape };
}
