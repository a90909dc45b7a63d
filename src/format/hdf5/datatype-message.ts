import { Beyond } from "./beyond.ts";
import { type Cursor, cursorOf } from "./bytes.ts";
import type { ElementType, FloatFields } from "./protocol.ts";

/** A datatype message, read. */
export interface Datatype {
  readonly element: ElementType;
  /** A string of variable length, kept in the file's global heap. */
  readonly isVariableString: boolean;
}

/** Type classes by number (HDF5 File Format Specification 3.0, IV.A.2.d); others are no numbers either. */
const CLASSES: Readonly<Record<number, ElementType["class"]>> = {
  0: "int",
  1: "float",
  3: "string",
  5: "opaque",
  6: "compound",
  8: "enum",
  9: "vlen",
  10: "array",
};

/** Reads a datatype message. */
export function readDatatype(body: Uint8Array): Datatype {
  const cursor = cursorOf(body);
  const first = cursor.number(1);
  const version = first >> 4;
  if (version < 1 || version > 3) throw new Beyond(`a datatype of version ${version}`);
  const bits = cursor.number(3);
  const size = cursor.number(4);
  const kind = CLASSES[first & 15] ?? "other";
  const plain = { class: kind, size, signed: false, littleEndian: true };
  switch (kind) {
    case "int":
      return { element: integer(cursor, bits, size), isVariableString: false };
    case "float": {
      const float = readFloatFields(cursor, bits, size);
      return { element: { ...plain, littleEndian: (bits & 1) === 0, float }, isVariableString: false };
    }
    case "enum":
      return { element: enumeration(cursor, bits & 0xffff, size, version), isVariableString: false };
    case "vlen":
      // libhdf5 calls a variable-length string a string.
      return (bits & 15) === 1
        ? { element: { ...plain, class: "string" }, isVariableString: true }
        : { element: plain, isVariableString: false };
    default:
      return { element: plain, isVariableString: false };
  }
}

function integer(cursor: Cursor, bits: number, size: number): ElementType {
  const offset = cursor.number(2);
  const precision = cursor.number(2);
  if (offset !== 0 || precision !== size * 8) throw new Beyond("an integer with padding bits");
  return { class: "int", size, signed: (bits & 8) !== 0, littleEndian: (bits & 1) === 0 };
}

/** The properties of a float type, after its eight bytes of class, bits and size. */
export function readFloatFields(cursor: Cursor, bits: number, size: number): FloatFields {
  const bitOffset = cursor.number(2);
  const precision = cursor.number(2);
  const exponentAt = cursor.number(1);
  const exponentBits = cursor.number(1);
  const mantissaAt = cursor.number(1);
  const mantissaBits = cursor.number(1);
  const exponentBias = cursor.number(4);
  const isVax = (bits & 0x40) !== 0;
  const normalization = (bits >> 4) & 3;
  const signBit = (bits >> 8) & 0xff;
  // Sign, exponent and mantissa from the top down without gaps, the mantissa's first bit implied.
  const packed = bitOffset === 0 && mantissaAt === 0 && exponentAt === mantissaBits && normalization === 2;
  const full =
    precision === size * 8 && signBit === precision - 1 && precision === 1 + exponentBits + mantissaBits;
  return { exponentBits, mantissaBits, exponentBias, packed: packed && full && !isVax };
}

/** An enumeration: its base type, the names (padded to eight bytes before version 3), then the values. */
function enumeration(cursor: Cursor, count: number, size: number, version: number): ElementType {
  const baseClass = cursor.number(1) & 15;
  const bits = cursor.number(3);
  const baseSize = cursor.number(4);
  if (baseClass !== 0 || baseSize !== size) {
    return { class: "other", size, signed: false, littleEndian: true };
  }
  const base = integer(cursor, bits, size);
  const names: string[] = [];
  for (let index = 0; index < count; index++) names.push(textAt(cursor, version < 3 ? 8 : 1));
  const values = cursor.take(count * size);
  const isBoolean =
    size === 1 && count === 2 && values[names.indexOf("FALSE")] === 0 && values[names.indexOf("TRUE")] === 1;
  return { ...base, class: "enum", boolean: isBoolean };
}

/** A text that ends with NUL, padded to a multiple of `unit` bytes. */
function textAt(cursor: Cursor, unit: number): string {
  const bytes: number[] = [];
  for (let byte = cursor.number(1); byte !== 0; byte = cursor.number(1)) bytes.push(byte);
  const past = (bytes.length + 1) % unit;
  if (past !== 0) cursor.skip(unit - past);
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
