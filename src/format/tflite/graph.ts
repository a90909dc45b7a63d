import type { Flatbuffer, FlatTable } from "../../codec/flatbuffer.ts";
import { ReadError } from "../../errors.ts";
import { FIELDS, OPERATORS } from "./schema.ts";

/** One operator of a subgraph. Tensors are numbered within the subgraph; -1: an optional input left out. */
export interface Operator {
  /** The builtin's name in the schema, `BUILTIN n` for others, or a custom operator's own name. */
  readonly name: string;
  readonly custom: boolean;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly table: FlatTable;
}

/** One subgraph; tensors are not looked at yet. */
export interface Subgraph {
  readonly index: number;
  /** Where the tables of its tensors lie. */
  readonly tensors: readonly number[];
  readonly inputs: readonly number[];
  /** Where a tensor stands among the inputs. */
  readonly inputPlaces: ReadonlyMap<number, number>;
  readonly outputs: readonly number[];
  readonly operators: readonly Operator[];
  /** The operator that makes a tensor. */
  readonly producers: ReadonlyMap<number, Operator>;
}

/** The subgraphs of a model, with their operators. */
export async function readSubgraphs(file: Flatbuffer, model: FlatTable): Promise<Subgraph[]> {
  const codes = await readOperatorCodes(file, model);
  const subgraphs: Subgraph[] = [];
  for (const [index, at] of (await file.tables(model, FIELDS.model.subgraphs)).entries()) {
    const table = await file.table(at);
    const fields = FIELDS.subgraph;
    const tensors = await file.tables(table, fields.tensors);
    const operators: Operator[] = [];
    const producers = new Map<number, Operator>();
    for (const place of await file.tables(table, fields.operators)) {
      const operator = await readOperator(file, await file.table(place), codes, tensors.length);
      operators.push(operator);
      for (const output of operator.outputs) producers.set(output, operator);
    }
    const listed = async (field: number): Promise<number[]> =>
      assertIndices((await file.numbers(table, field, "int32")) ?? [], tensors.length);
    const inputs = await listed(fields.inputs);
    subgraphs.push({
      index,
      tensors,
      operators,
      producers,
      inputs,
      inputPlaces: new Map(inputs.map((tensor, place) => [tensor, place])),
      outputs: await listed(fields.outputs),
    });
  }
  return subgraphs;
}

interface OperatorCode {
  readonly name: string;
  readonly custom: boolean;
}

/** A builtin's number stands in a byte (old writers) or, above 126, in a field of its own: the larger one counts. */
async function readOperatorCodes(file: Flatbuffer, model: FlatTable): Promise<OperatorCode[]> {
  const codes: OperatorCode[] = [];
  for (const at of await file.tables(model, FIELDS.model.operatorCodes)) {
    const table = await file.table(at);
    const fields = FIELDS.operatorCode;
    const builtin = Math.max(
      table.scalar(fields.deprecatedBuiltin, "int8", 0),
      table.scalar(fields.builtin, "int32", 0),
    );
    const name = Object.hasOwn(OPERATORS, builtin) ? OPERATORS[builtin]! : `BUILTIN ${builtin}`;
    const custom = name === "CUSTOM";
    codes.push({ custom, name: custom ? ((await file.text(table, fields.custom)) ?? "CUSTOM") : name });
  }
  return codes;
}

async function readOperator(
  file: Flatbuffer,
  table: FlatTable,
  codes: readonly OperatorCode[],
  tensors: number,
): Promise<Operator> {
  const fields = FIELDS.operator;
  const number = table.scalar(fields.code, "uint32", 0);
  const code = codes[number];
  if (code === undefined) {
    throw new ReadError(
      "malformed",
      `An operator is number ${number} of the model's ${codes.length} kinds of operators.`,
      { offset: table.at },
    );
  }
  const listed = async (field: number): Promise<number[]> =>
    assertIndices((await file.numbers(table, field, "int32")) ?? [], tensors);
  return { ...code, table, inputs: await listed(fields.inputs), outputs: await listed(fields.outputs) };
}

function assertIndices(indices: number[], count: number): number[] {
  const wrong = indices.find((index) => index < -1 || index >= count);
  if (wrong !== undefined) {
    throw new ReadError("malformed", `The graph names tensor ${wrong}, but its subgraph has ${count}.`);
  }
  return indices;
}
