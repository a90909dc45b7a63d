import { MAX_ATTRIBUTE_BYTES } from "./attributes.ts";
import { Beyond } from "./beyond.ts";
import { cursorOf } from "./bytes.ts";
import { readDataspace } from "./dataspace-message.ts";
import { type Datatype, readDatatype } from "./datatype-message.ts";
import type { GlobalHeap } from "./global-heap.ts";
import type { AttributeValue } from "./protocol.ts";
import type { Superblock } from "./superblock.ts";

/** An attribute message with its parts still unread. */
export interface AttributeParts {
  readonly name: string;
  readonly datatype: Uint8Array;
  readonly dataspace: Uint8Array;
  readonly data: Uint8Array;
}

/** Cuts an attribute message (versions 1 to 3) into its parts. */
export function readAttributeParts(body: Uint8Array): AttributeParts {
  const cursor = cursorOf(body);
  const version = cursor.number(1);
  const flags = cursor.number(1);
  if (version < 1 || version > 3 || (version > 1 && flags !== 0))
    throw new Beyond("an attribute with shared parts");
  const [nameSize, typeSize, spaceSize] = [cursor.number(2), cursor.number(2), cursor.number(2)];
  if (version === 3) cursor.skip(1);
  // Version 1 pads every part to eight bytes.
  const padded = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const name = new TextDecoder().decode(cursor.take(padded(nameSize))).replace(/\0.*$/s, "");
  const datatype = cursor.take(padded(typeSize));
  const dataspace = cursor.take(padded(spaceSize));
  return { name, datatype, dataspace, data: cursor.take(cursor.left) };
}

/** The value of an attribute of strings or of plain numbers; null for anything else. */
export function readAttributeValue(
  superblock: Superblock,
  heap: GlobalHeap,
  parts: AttributeParts,
): AttributeValue | null {
  const type = readDatatype(parts.datatype);
  const shape = readDataspace(parts.dataspace, superblock.lengthSize);
  const count = shape === null ? 0 : shape.reduce((product, extent) => product * extent, 1);
  if (count === 0) return [];
  const { size } = type.element;
  if (!(count * size <= Math.min(parts.data.length, MAX_ATTRIBUTE_BYTES)))
    throw new Beyond("an attribute larger than its message");
  const items = Array.from({ length: count }, (_, index) =>
    parts.data.subarray(index * size, (index + 1) * size),
  );
  if (type.isVariableString) return variableStrings(superblock, heap, items);
  if (type.element.class === "string") return items.map(textOf);
  return numbers(items, type);
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  // Keras writes names in UTF-8 into strings that call themselves ASCII.
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Strings in the global heap: length, address of the collection, index in it. */
function variableStrings(
  superblock: Superblock,
  heap: GlobalHeap,
  items: readonly Uint8Array[],
): readonly string[] {
  let held = 0;
  return items.map((item) => {
    const cursor = cursorOf(item);
    const length = cursor.number(4);
    const collection = cursor.number(superblock.offsetSize);
    const index = cursor.number(4);
    held += length;
    if (held > MAX_ATTRIBUTE_BYTES) throw new Beyond("an attribute of many characters");
    if (length === 0 || collection === 0) return "";
    return textOf(heap.bytes(collection, index, length));
  });
}

function numbers(items: readonly Uint8Array[], { element }: Datatype): readonly number[] | null {
  const { size, signed, littleEndian, float } = element;
  const isFloat = element.class === "float" && float?.packed === true && (size === 4 || size === 8);
  if (!isFloat && !(element.class === "int" && [1, 2, 4, 8].includes(size))) return null;
  return items.map((item) => {
    const view = new DataView(item.buffer, item.byteOffset, size);
    if (isFloat) return size === 4 ? view.getFloat32(0, littleEndian) : view.getFloat64(0, littleEndian);
    if (size === 8)
      return Number(signed ? view.getBigInt64(0, littleEndian) : view.getBigUint64(0, littleEndian));
    if (size === 4) return signed ? view.getInt32(0, littleEndian) : view.getUint32(0, littleEndian);
    if (size === 2) return signed ? view.getInt16(0, littleEndian) : view.getUint16(0, littleEndian);
    return signed ? view.getInt8(0) : view.getUint8(0);
  });
}
