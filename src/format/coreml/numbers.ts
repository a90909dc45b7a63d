import type { ProtoReader, SourceField } from "../../codec/proto-reader.ts";

/** Fields of a message by number: varints as lists, messages as fields. */
export interface MessageParts {
  readonly numbers: ReadonlyMap<number, readonly number[]>;
  readonly messages: ReadonlyMap<number, SourceField>;
}

/** Lists of numbers up to so many bytes are read: strides and the like. */
const LIST_MOST = 256;

/** Splits a message into its numbers (those of `lists` may be packed) and its messages. */
export async function splitMessage(
  reader: ProtoReader,
  message: SourceField,
  lists: readonly number[],
): Promise<MessageParts> {
  const numbers = new Map<number, number[]>();
  const messages = new Map<number, SourceField>();
  for (const field of await reader.fields(message, "a Core ML message")) {
    const isList = field.wire === 0 || (lists.includes(field.number) && field.end - field.start <= LIST_MOST);
    if (isList) {
      const list = numbers.get(field.number) ?? [];
      if (list.length < LIST_MOST) await reader.varints(list, field);
      numbers.set(field.number, list);
    } else if (field.wire === 2) messages.set(field.number, field);
  }
  return { numbers, messages };
}
