import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";

/** Largest JSON text that is parsed: the platform's parser cannot be interrupted and needs 0.7 s for this much. */
export const JSON_MAX_BYTES = 25 * 1024 * 1024;

/**
 * Parses JSON bytes as strictly as a weight file's directory needs: UTF-8, no duplicate keys in any object (two
 * readers would see two files), bounded nesting, size and number of values.
 *
 * Objects have own properties only for what the text holds; read them with `Object.hasOwn` or `Object.entries`.
 *
 * @throws ReadError `malformed`, `ambiguous` (duplicate key) or `limit`.
 */
export function parseJson(bytes: Uint8Array, budget: Budget, what: string): unknown {
  if (bytes.length > JSON_MAX_BYTES) {
    throw new ReadError(
      "limit",
      `${what} has ${bytes.length} bytes of JSON; the limit is ${JSON_MAX_BYTES}.`,
    );
  }
  const release = budget.take(bytes.length * 4, what);
  try {
    const text = decodeText(bytes, what);
    assertPlainJson(text, budget, what);
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReadError("malformed", `${what} is not valid JSON: ${error.message}.`, { cause: error });
  } finally {
    release();
  }
}

function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ReadError("malformed", `${what} is not valid UTF-8 text.`, { cause });
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;

/** Throws on duplicate keys, deep nesting and too many values; leaves the grammar to the parser. */
function assertPlainJson(text: string, budget: Budget, what: string): void {
  const keys: (Set<string> | null)[] = [];
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      const end = stringEnd(text, i);
      const innermost = keys.at(-1);
      if (innermost != null && nextIsColon(text, end)) addKey(innermost, text.slice(i, end), what);
      i = end - 1;
    } else if (c === 0x7b || c === 0x5b) {
      keys.push(c === 0x7b ? new Set() : null);
      budget.enter(keys.length, `Values in ${what}`);
      values += 1;
    } else if (c === 0x7d || c === 0x5d) keys.pop();
    else if (c === 0x2c) values += 1;
    if (values >= 4096) {
      budget.count(values, `JSON values in ${what}`);
      values = 0;
    }
  }
  budget.count(values, `JSON values in ${what}`);
}

function addKey(keys: Set<string>, raw: string, what: string): void {
  const key = raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1);
  if (keys.has(key)) {
    throw new ReadError(
      "ambiguous",
      `${what} holds the key ${JSON.stringify(key)} twice, so it can be read in two ways.`,
    );
  }
  keys.add(key);
}

/** Index after the closing quote of the string that begins at `start`; the text's length when it never closes. */
function stringEnd(text: string, start: number): number {
  let close = text.indexOf('"', start + 1);
  while (close > 0) {
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return close + 1;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

function nextIsColon(text: string, from: number): boolean {
  let i = from;
  while (i < text.length && /[ \t\r\n]/.test(text[i]!)) i++;
  return text.charCodeAt(i) === COLON;
}
