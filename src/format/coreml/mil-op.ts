import type { SourceField } from "../../codec/proto-reader.ts";
import type { CoremlState } from "./model-parts.ts";

/** A value in a program: its message, or the name of what makes it. */
export type MilBinding = { readonly name: string } | { readonly value: SourceField };

/** An Operation of a program. */
export interface MilOp {
  readonly type: string;
  readonly inputs: ReadonlyMap<string, MilBinding>;
  readonly attributes: ReadonlyMap<string, SourceField>;
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | null)[] | null }[];
  readonly blocks: readonly SourceField[];
}

/** Reads an Operation: type=1, inputs=2, outputs=3, blocks=4, attributes=5. */
export async function readOp(state: CoremlState, message: SourceField): Promise<MilOp> {
  const { reader } = state;
  let type = "";
  const inputs = new Map<string, MilBinding>();
  const attributes = new Map<string, SourceField>();
  const outputs: MilOp["outputs"][number][] = [];
  const blocks: SourceField[] = [];
  for (const field of await reader.fields(message, "an operation")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) type = await reader.text(field);
    else if (field.number === 2) {
      const { key, value } = await readEntry(state, field);
      const binding = value === null ? null : await readArgument(state, value);
      if (binding !== null) inputs.set(key, binding);
    } else if (field.number === 3) outputs.push(await readNamed(state, field));
    else if (field.number === 4) blocks.push(field);
    else if (field.number === 5) {
      const { key, value } = await readEntry(state, field);
      if (value !== null) attributes.set(key, value);
    }
  }
  return { type, inputs, attributes, outputs, blocks };
}

/** An entry of a map: key=1, value=2. */
export async function readEntry(
  { reader }: CoremlState,
  message: SourceField,
): Promise<{ readonly key: string; readonly value: SourceField | null }> {
  let key = "";
  let value: SourceField | null = null;
  for (const field of await reader.fields(message, "an entry")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) key = await reader.text(field);
    // Without its bytes: they would keep all that was read with them.
    else if (field.number === 2) value = { ...field, held: null };
  }
  return { key, value };
}

/** An Argument: arguments=1, each a Binding of name=1 or value=2; lists of several are no kernel's. */
async function readArgument({ reader }: CoremlState, message: SourceField): Promise<MilBinding | null> {
  const bindings: MilBinding[] = [];
  for (const field of await reader.fields(message, "an argument")) {
    if (field.number !== 1 || field.wire !== 2) continue;
    for (const inner of await reader.fields(field, "a binding")) {
      if (inner.wire !== 2) continue;
      if (inner.number === 1) bindings.push({ name: await reader.text(inner) });
      else if (inner.number === 2) bindings.push({ value: { ...inner, held: null } });
    }
  }
  return bindings.length === 1 ? bindings[0]! : null;
}

/** A NamedValueType: name=1, type=2. */
export async function readNamed(
  state: CoremlState,
  message: SourceField,
): Promise<{ readonly name: string; readonly shape: readonly (number | null)[] | null }> {
  let name = "";
  let shape: readonly (number | null)[] | null = null;
  for (const field of await state.reader.fields(message, "a named value")) {
    if (field.wire !== 2) continue;
    if (field.number === 1) name = await state.reader.text(field);
    else if (field.number === 2) shape = (await readTensorType(state, field))?.shape ?? null;
  }
  return { name, shape };
}

/** A ValueType that is a tensor: tensorType=1 with dataType=1 and dimensions=3, constant=1 with size=1. */
export async function readTensorType(
  { reader }: CoremlState,
  message: SourceField,
): Promise<{ readonly type: number; readonly shape: readonly (number | null)[] } | null> {
  const tensor = (await reader.fields(message, "a type")).find(
    ({ number, wire }) => number === 1 && wire === 2,
  );
  if (tensor === undefined) return null;
  let type = 0;
  const shape: (number | null)[] = [];
  for (const field of await reader.fields(tensor, "a tensor type")) {
    if (field.number === 1 && field.wire === 0) type = field.value;
    if (field.number !== 3 || field.wire !== 2 || shape.length > 64) continue;
    let extent: number | null = null;
    for (const kind of await reader.fields(field, "an extent")) {
      if (kind.wire !== 2) continue;
      // An empty message is a constant of zero.
      if (kind.number === 1) extent = 0;
      for (const size of await reader.fields(kind, "an extent"))
        if (kind.number === 1 && size.number === 1 && size.wire === 0) extent = size.value;
    }
    shape.push(extent);
  }
  return { type, shape };
}
