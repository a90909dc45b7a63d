import type { Budget } from "../../budget.ts";
import { pushVarints } from "../../codec/protobuf.ts";
import type { Attributes, Extents } from "./graph.ts";
import { type Field, fieldsOf, textOf } from "./message.ts";
import { readShapeProto } from "./shape-proto.ts";

/** Field numbers of `AttrValue` and of its `ListValue`, which are the same but for those of lists and functions. */
const VALUE = { list: 1, text: 2, integer: 3, real: 4, flag: 5, type: 6, shape: 7, function: 10 } as const;
const LIST_FUNCTION = 9;

/**
 * The attributes of a `NodeDef` (or of a function's parameter) out of the entries of its map; they are taken apart when
 * one is first asked for, as most never are.
 */
export function protoAttributes(entries: AttributeEntries, budget: Budget): Attributes {
  return new ProtoAttributes(entries, budget);
}

/** The entries themselves, or the small message that holds them in its fields of a number. */
export type AttributeEntries =
  | readonly Field[]
  | { readonly message: Field & { readonly bytes: Uint8Array<ArrayBuffer> }; readonly number: number };

/** A graph has a hundred thousand of these, so that each is one small object and not a closure for every method. */
class ProtoAttributes implements Attributes {
  readonly #entries: AttributeEntries;
  readonly #budget: Budget;
  #values: ReadonlyMap<string, Field> | undefined;

  constructor(entries: AttributeEntries, budget: Budget) {
    this.#entries = entries;
    this.#budget = budget;
  }

  #own(name: string): readonly Field[] {
    this.#values ??= namedEntries(this.#entries, this.#budget);
    return this.#inner(this.#values.get(name));
  }

  #inner(field: Field | undefined): readonly Field[] {
    if (field === undefined || field.bytes === null) return [];
    return fieldsOf(field.bytes, field.start, this.#budget, "An attribute of the graph");
  }

  /** The fields of a list, or those of the value itself. */
  #items(name: string): readonly Field[] {
    return this.#own(name).flatMap((field) =>
      field.number === VALUE.list && field.bytes !== null ? this.#inner(field) : [field],
    );
  }

  #first(name: string, number: number): Field | undefined {
    return this.#own(name).find((field) => field.number === number);
  }

  text(name: string): string | null {
    const field = this.#first(name, VALUE.text);
    return field === undefined ? null : textOf(field);
  }

  texts(name: string): readonly string[] {
    return this.#items(name).flatMap((field) => (field.number === VALUE.text ? [textOf(field)] : []));
  }

  integers(name: string): readonly number[] | null {
    const found = this.#items(name).filter(({ number }) => number === VALUE.integer);
    if (found.length === 0) return this.#own(name).some(({ number }) => number === VALUE.list) ? [] : null;
    const numbers: number[] = [];
    for (const field of found) {
      if (field.wire === 0) numbers.push(field.value);
      else if (field.bytes !== null) {
        pushVarints(numbers, field.bytes, { ...field, start: 0, end: field.bytes.length }, this.#budget);
      }
    }
    return numbers;
  }

  real(name: string): number | null {
    const bytes = this.#first(name, VALUE.real)?.bytes;
    return bytes?.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true) : null;
  }

  flag(name: string): boolean | null {
    const field = this.#first(name, VALUE.flag);
    return field === undefined ? null : field.value !== 0;
  }

  shapes(name: string): readonly (Extents | null)[] {
    return this.#items(name).flatMap((field): (Extents | null)[] =>
      field.number === VALUE.shape && field.bytes !== null ? [readShapeProto(field.bytes, this.#budget)] : [],
    );
  }

  functions(name: string): readonly string[] {
    return [...this.#own(name), ...this.#items(name)].flatMap((field) => {
      if (field.number !== VALUE.function && field.number !== LIST_FUNCTION) return [];
      if (field.bytes === null) return [];
      const called = fieldsOf(field.bytes, field.start, this.#budget, "A called function");
      return called.flatMap((inner) => (inner.number === 1 ? [textOf(inner)] : []));
    });
  }

  type(name: string): number | null {
    const field = this.#first(name, VALUE.type);
    return field === undefined ? null : field.value;
  }
}

/** Values by name; entries that are too large to be attributes, but for a constant's value, are left out. */
function namedEntries(of: AttributeEntries, budget: Budget): ReadonlyMap<string, Field> {
  const values = new Map<string, Field>();
  const what = "An attribute of the graph";
  const entries =
    "message" in of
      ? fieldsOf(of.message.bytes, of.message.start, budget, what).filter(
          ({ number, wire }) => number === of.number && wire === 2,
        )
      : of;
  for (const entry of entries) {
    if (entry.bytes === null) continue;
    const found = namedEntry(fieldsOf(entry.bytes, entry.start, budget, "An attribute of the graph"));
    if (found !== null) values.set(found.name, found.value);
  }
  return values;
}

/** The name and the value of one entry of a map; null without a value. */
export function namedEntry(
  fields: readonly Field[],
): { readonly name: string; readonly value: Field } | null {
  let name = "";
  let value: Field | null = null;
  for (const field of fields) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2 && field.wire === 2) value = field;
  }
  return value === null ? null : { name, value };
}
