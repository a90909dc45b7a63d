import type { Budget } from "../../budget.ts";
import { type ProtoField, protoFields, protoText, pushVarints } from "../../codec/protobuf.ts";
import { ReadError } from "../../errors.ts";

/** A variable of a program. */
export interface PaddleVariable {
  readonly name: string;
  readonly persistable: boolean;
  /** Null when it is no tensor (feeds, fetches, readers). */
  readonly tensor: TensorDescription | null;
}

/** A dtype and shape; -1 where an extent may vary. */
export interface TensorDescription {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** An operator: variables by the names of its slots, and the attributes that a convolution may have. */
export interface PaddleOperator {
  readonly type: string;
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  readonly outputs: ReadonlyMap<string, readonly string[]>;
  readonly attributes: ReadonlyMap<string, number | boolean | string | readonly number[]>;
}

/** A program: its variables and operators, block after block. */
export interface PaddleProgram {
  readonly variables: ReadonlyMap<string, PaddleVariable>;
  readonly operators: readonly PaddleOperator[];
}

/** Paddle's number types (`VarType.Type` of framework.proto). */
const DTYPES: Readonly<Record<number, string>> = {
  0: "bool",
  1: "int16",
  2: "int32",
  3: "int64",
  4: "float16",
  5: "float32",
  6: "float64",
  20: "uint8",
  21: "int8",
  22: "bfloat16",
  23: "complex64",
  24: "complex128",
  32: "float8_e4m3fn",
  33: "float8_e5m2",
};

/**
 * Reads a `.pdmodel`, a ProgramDesc (paddle/fluid/framework/framework.proto).
 *
 * @throws ReadError `malformed`, `truncated`, or what the budget says.
 */
export function readProgram(bytes: Uint8Array, budget: Budget): PaddleProgram {
  const variables = new Map<string, PaddleVariable>();
  const operators: PaddleOperator[] = [];
  for (const block of protoFields(bytes, budget, "the program")) {
    if (block.number !== 1) continue;
    for (const [field, content] of inside(bytes, block, budget)) {
      if (field.number === 3) {
        const variable = readVariable(content, budget);
        if (!variables.has(variable.name)) variables.set(variable.name, variable);
      } else if (field.number === 4) operators.push(readOperator(content, budget));
    }
  }
  return { variables, operators };
}

/** The fields of an inner message, each with the bytes of its payload. */
function* inside(
  bytes: Uint8Array,
  { wire, start, end }: ProtoField,
  budget: Budget,
): Generator<[ProtoField, Uint8Array]> {
  if (wire !== 2) throw new ReadError("malformed", "A message of the program is stored as a number.");
  yield* fieldsOf(bytes.subarray(start, end), budget);
}

function* fieldsOf(bytes: Uint8Array, budget: Budget): Generator<[ProtoField, Uint8Array]> {
  for (const field of protoFields(bytes, budget, "a part of the program"))
    yield [field, field.wire === 2 ? bytes.subarray(field.start, field.end) : bytes];
}

function readVariable(bytes: Uint8Array, budget: Budget): PaddleVariable {
  let name = "";
  let persistable = false;
  let tensor: TensorDescription | null = null;
  for (const [field, content] of fieldsOf(bytes, budget)) {
    if (field.number === 1 && field.wire === 2) name = protoText(bytes, field);
    else if (field.number === 3) persistable = field.value !== 0;
    else if (field.number === 2 && field.wire === 2) {
      for (const [type, lod] of fieldsOf(content, budget)) {
        if (type.number !== 3 || type.wire !== 2) continue;
        for (const [inner, description] of fieldsOf(lod, budget))
          if (inner.number === 1 && inner.wire === 2) tensor = readDescription(description, budget);
      }
    }
  }
  return { name, persistable, tensor };
}

/** Reads a TensorDesc: of a variable, or in front of stored values. */
export function readDescription(bytes: Uint8Array, budget: Budget): TensorDescription {
  let dtype = "unknown";
  const shape: number[] = [];
  for (const [field] of fieldsOf(bytes, budget)) {
    if (field.number === 1 && field.wire === 0)
      dtype = Object.hasOwn(DTYPES, field.value) ? DTYPES[field.value]! : `type ${field.value}`;
    else if (field.number === 2) pushVarints(shape, bytes, field, budget);
  }
  return { dtype, shape };
}

/** Objects that one operator stands for. */
const OPERATOR = 60;

function readOperator(bytes: Uint8Array, budget: Budget): PaddleOperator {
  let type = "";
  const inputs = new Map<string, readonly string[]>();
  const outputs = new Map<string, readonly string[]>();
  const attributes = new Map<string, number | boolean | string | readonly number[]>();
  // Its maps take as much memory as some tens of fields.
  budget.count(OPERATOR, "operators of the program");
  for (const [field, content] of fieldsOf(bytes, budget)) {
    if (field.wire !== 2) continue;
    if (field.number === 3) type = protoText(bytes, field);
    else if (field.number === 1 || field.number === 2) {
      const names: string[] = [];
      let slot = "";
      for (const [part] of fieldsOf(content, budget)) {
        if (part.wire !== 2) continue;
        if (part.number === 1) slot = protoText(content, part);
        else if (part.number === 2) names.push(protoText(content, part));
      }
      (field.number === 1 ? inputs : outputs).set(slot, names);
    } else if (field.number === 4) {
      const attribute = readAttribute(content, budget);
      if (attribute !== null) attributes.set(attribute.name, attribute.value);
    }
  }
  return { type, inputs, outputs, attributes };
}

function readAttribute(
  bytes: Uint8Array,
  budget: Budget,
): { readonly name: string; readonly value: number | boolean | string | readonly number[] } | null {
  let name = "";
  let value: number | boolean | string | readonly number[] | null = null;
  const ints: number[] = [];
  for (const [field] of fieldsOf(bytes, budget)) {
    switch (field.number) {
      case 1:
        if (field.wire === 2) name = protoText(bytes, field);
        break;
      case 3:
      case 13:
        if (field.wire === 0) value = field.value;
        break;
      case 4:
        if (field.wire === 5)
          value = new DataView(bytes.buffer, bytes.byteOffset + field.start, 4).getFloat32(0, true);
        break;
      case 5:
        if (field.wire === 2) value = protoText(bytes, field);
        break;
      case 6:
      case 15:
        pushVarints(ints, bytes, field, budget);
        value = ints;
        break;
      case 10:
        if (field.wire === 0) value = field.value !== 0;
        break;
    }
  }
  return value === null ? null : { name, value };
}
