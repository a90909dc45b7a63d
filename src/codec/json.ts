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
    const stated = countKeys(text, budget, what);
    const value: unknown = JSON.parse(text);
    // Of two equal keys the parser keeps the last: then fewer are left than the text states.
    if (keysLeft(value) !== stated) throw duplicateKey(text, what);
    return value;
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

/**
 * How many keys `text` states, all objects together: the colons outside its strings. Throws on deep nesting and too
 * many values; leaves the grammar to the parser.
 */
function countKeys(text: string, budget: Budget, what: string): number {
  let depth = 0;
  let keys = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = stringEnd(text, i) - 1;
    else if (c === COLON) keys++;
    else if (c === 0x7b || c === 0x5b) {
      budget.enter(++depth, `Values in ${what}`);
      values++;
    } else if (c === 0x7d || c === 0x5d) depth--;
    else if (c === 0x2c) values++;
    if (values >= 4096) {
      budget.count(values, `JSON values in ${what}`);
      values = 0;
    }
  }
  budget.count(values, `JSON values in ${what}`);
  return keys;
}

/** Keys of all objects of a parsed value. */
function keysLeft(root: unknown): number {
  let keys = 0;
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== "object" || value === null) continue;
    let members: readonly unknown[];
    if (Array.isArray(value)) members = value;
    else {
      members = Object.values(value);
      keys += members.length;
    }
    for (const member of members) if (typeof member === "object" && member !== null) pending.push(member);
  }
  return keys;
}

/** The error about the first key that an object holds twice. */
function duplicateKey(text: string, what: string): ReadError {
  const objects: (Set<string> | null)[] = [];
  let found = "";
  for (let i = 0; i < text.length && found === ""; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      const end = stringEnd(text, i);
      const innermost = objects.at(-1);
      if (innermost != null && nextIsColon(text, end)) {
        // Parsed, as two spellings may be one key; quoted again, so that it is never empty.
        const key = JSON.stringify(JSON.parse(text.slice(i, end)));
        if (innermost.has(key)) found = key;
        innermost.add(key);
      }
      i = end - 1;
    } else if (c === 0x7b || c === 0x5b) objects.push(c === 0x7b ? new Set() : null);
    else if (c === 0x7d || c === 0x5d) objects.pop();
  }
  return new ReadError("ambiguous", `${what} holds the key ${found} twice, so it can be read in two ways.`);
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
