import { ReadError } from "../errors.ts";
import type { PickleBytes } from "./pickle-value.ts";

/** UTF-8 as Python's pickle reads it: lone surrogates, which UTF-8 proper forbids, are kept. */
export function decodePickleText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== null) return text;
  // Three bytes ed a0..bf xx are one surrogate; what lies between them must be UTF-8.
  let joined = "";
  let from = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const surrogate = bytes[at] === 0xed && (bytes[at + 1] ?? 0) >= 0xa0 && (bytes[at + 2] ?? 0) >= 0x80;
    if (!surrogate && at < bytes.length) continue;
    const between = decodeUtf8(bytes.subarray(from, at));
    if (between === null) throw malformed("The pickle holds a text that is no UTF-8.");
    joined += between;
    if (!surrogate) break;
    joined += String.fromCharCode(0xd000 | ((bytes[at + 1]! & 63) << 6) | (bytes[at + 2]! & 63));
    from = at + 3;
    at += 2;
  }
  return joined;
}

/** Text, or null when the bytes are no UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A Python 2 `str`: text where it is UTF-8 (names), else bytes (numbers of old NumPy arrays). */
export function decodeOldString(bytes: Uint8Array<ArrayBuffer>, offset: number): string | PickleBytes {
  const text = decodeUtf8(bytes);
  return text ?? { kind: "bytes", offset, length: bytes.length, content: bytes.slice() };
}

/** Escapes of one letter in Python's `repr` of a string. */
const ESCAPES: Readonly<Record<string, number>> = {
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** The bytes of a quoted Python 2 string, the argument of STRING: `'it\x27s'`. */
export function unquote(line: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder("latin1").decode(line).trim();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote)
    throw malformed("The pickle holds a STRING that is not in quotes.");
  const result: number[] = [];
  for (let i = 1; i < text.length - 1; i++) {
    const letter = text[i]!;
    if (letter !== "\\") {
      result.push(line[0] === text.charCodeAt(0) ? line[i]! : text.charCodeAt(i));
      continue;
    }
    const numeric = /^(?:x([0-9a-fA-F]{2})|([0-7]{1,3}))/.exec(text.slice(i + 1, i + 4));
    const named = ESCAPES[text[i + 1] ?? ""];
    if (numeric !== null) {
      result.push(
        numeric[1] === undefined ? Number.parseInt(numeric[2]!, 8) & 255 : Number.parseInt(numeric[1], 16),
      );
      i += numeric[0].length;
    } else if (named !== undefined && i + 1 < text.length - 1) {
      result.push(named);
      i++;
    } else result.push(0x5c);
  }
  return Uint8Array.from(result);
}

/** The text of UNICODE: Latin-1 with `\uXXXX` and `\UXXXXXXXX` (Python's raw-unicode-escape). */
export function decodeRawUnicode(line: Uint8Array): string {
  // TextDecoder's latin1 is Windows-1252, which differs in 27 places.
  let text = "";
  for (const byte of line) text += String.fromCharCode(byte);
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (all, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? "", 16);
    if (short !== undefined) return String.fromCharCode(code);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** Most digits of an integer in a text opcode; Python's own limit is 4,300. */
const DIGITS_MAX = 4300;

/** The argument of INT or LONG: `12`, `12L`, or `00` and `01` for the two truth values (INT only). */
export function parseInteger(line: Uint8Array): number | bigint | boolean {
  const text = ascii(line);
  if (text === "00" || text === "01") return text === "01";
  if (!/^[+-]?\d+L?$/.test(text))
    throw malformed(`The pickle holds ${JSON.stringify(text.slice(0, 40))} for an integer.`);
  if (text.length > DIGITS_MAX)
    throw new ReadError(
      "limit",
      `The pickle holds an integer of ${text.length} digits; the limit is ${DIGITS_MAX}.`,
    );
  return plainInteger(BigInt(text.replace(/^\+|L$/g, "")));
}

/** The argument of FLOAT: what Python's `repr` writes. */
export function parseFloatLine(line: Uint8Array): number {
  const text = ascii(line).toLowerCase();
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(text);
  if (special !== null) return special[2] === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text))
    throw malformed(`The pickle holds ${JSON.stringify(text.slice(0, 40))} for a float.`);
  return Number(text);
}

/** The argument of GET and PUT: the number of a memo. */
export function parseMemo(line: Uint8Array): number {
  const text = ascii(line);
  if (!/^\d{1,15}$/.test(text))
    throw malformed(`The pickle holds ${JSON.stringify(text.slice(0, 40))} for a memo.`);
  return Number(text);
}

/** A little-endian two's complement integer, the argument of LONG1 and LONG4; no bytes are zero. */
export function decodeLong(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  let hex = "";
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes[i]!.toString(16).padStart(2, "0");
  return plainInteger(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function ascii(line: Uint8Array): string {
  return new TextDecoder().decode(line).trim();
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
