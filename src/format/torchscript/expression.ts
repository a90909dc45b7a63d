import type { Token } from "./tokens.ts";

/** An expression of TorchScript's code, as data. */
export type Expression =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "constant"; readonly value: number | boolean | string | null }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | {
      readonly kind: "call";
      readonly callee: Expression;
      readonly args: readonly Expression[];
      readonly keywords: readonly (readonly [string, Expression])[];
    }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "item"; readonly of: Expression; readonly index: Expression }
  /** Arithmetic, comparisons, choices, dicts, slices: what comes out depends on these parts. */
  | { readonly kind: "mixed"; readonly parts: readonly Expression[] };

/** Brackets in brackets of one expression: PyTorch's printer breaks lines long before. */
const NESTED_MOST = 60;

/** Where a parser stands. */
interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

/**
 * The expressions in `tokens`, separated by commas: one, or the parts of a tuple. Null when they are no expressions, or
 * nested too deeply; a reader of data has no use for them then.
 */
export function parseExpressions(tokens: readonly Token[]): readonly Expression[] | null {
  const cursor: Cursor = { tokens, at: 0, depth: 0 };
  const items = parseList(cursor, null);
  return items !== null && cursor.at === tokens.length ? items.positional : null;
}

interface Items {
  readonly positional: Expression[];
  readonly keywords: [string, Expression][];
  readonly trailingComma: boolean;
}

function peek({ tokens, at }: Cursor): string | null {
  const token = tokens[at];
  return token === undefined || token.kind === "string" ? null : token.text;
}

/** Items up to `close` (or the end), which is left behind. */
function parseList(cursor: Cursor, close: string | null): Items | null {
  if (++cursor.depth > NESTED_MOST) return null;
  const items: Items = { positional: [], keywords: [], trailingComma: false };
  let comma = false;
  for (;;) {
    const next = cursor.tokens[cursor.at];
    if (next === undefined) {
      if (close !== null) return null;
      break;
    }
    if (next.kind === "mark" && next.text === close) {
      cursor.at++;
      break;
    }
    const after = cursor.tokens[cursor.at + 1];
    const keyword = next.kind === "name" && after?.kind === "mark" && after.text === "=";
    if (keyword) cursor.at += 2;
    const item = parseMixed(cursor);
    if (item === null) return null;
    if (keyword) items.keywords.push([next.text, item]);
    else items.positional.push(item);
    comma = peek(cursor) === ",";
    if (comma) cursor.at++;
    else if (close !== null ? peek(cursor) !== close : cursor.at < cursor.tokens.length) return null;
  }
  cursor.depth--;
  return { ...items, trailingComma: comma };
}

/** Operators between parts; what they compute is not worked out. */
const BETWEEN = new Set(
  "+ - * / % < > == != <= >= ** // << >> & | ^ @ : and or in is not if else".split(" "),
);

function parseMixed(cursor: Cursor): Expression | null {
  const parts: Expression[] = [];
  let mixed = false;
  for (;;) {
    const word = peek(cursor);
    if (word !== null && BETWEEN.has(word)) {
      const number = cursor.tokens[cursor.at + 1];
      if (word === "-" && parts.length === 0 && number?.kind === "number") {
        cursor.at += 2;
        parts.push({ kind: "constant", value: -Number(number.text) });
      } else {
        mixed = true;
        cursor.at++;
      }
      continue;
    }
    if (word === null ? cursor.at >= cursor.tokens.length : /^[)\]},]$/.test(word)) break;
    const part = parsePart(cursor);
    if (part === null) return null;
    parts.push(part);
  }
  if (parts.length === 1 && !mixed) return parts[0]!;
  return parts.length === 0 && !mixed ? null : { kind: "mixed", parts };
}

/** A name, constant or bracket, and the attributes, calls and indices behind it. */
function parsePart(cursor: Cursor): Expression | null {
  let part = parseAtom(cursor);
  while (part !== null) {
    const word = peek(cursor);
    if (word === ".") {
      const name = cursor.tokens[cursor.at + 1];
      if (name?.kind !== "name") return null;
      part = { kind: "attribute", of: part, name: name.text };
      cursor.at += 2;
    } else if (word === "(" || word === "[") {
      cursor.at++;
      const items = parseList(cursor, word === "(" ? ")" : "]");
      if (items === null) return null;
      const { positional, keywords } = items;
      if (word === "(") part = { kind: "call", callee: part, args: positional, keywords };
      else
        part =
          positional.length === 1
            ? { kind: "item", of: part, index: positional[0]! }
            : { kind: "mixed", parts: [part, ...positional] };
    } else return part;
  }
  return part;
}

const WORDS: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };

function parseAtom(cursor: Cursor): Expression | null {
  const token = cursor.tokens[cursor.at++];
  if (token === undefined) return null;
  if (token.kind === "number") return { kind: "constant", value: Number(token.text) };
  if (token.kind === "string") return { kind: "constant", value: token.text };
  if (token.kind === "name") {
    if (Object.hasOwn(WORDS, token.text)) return { kind: "constant", value: WORDS[token.text]! };
    return { kind: "name", name: token.text };
  }
  if (token.text === "~") return { kind: "mixed", parts: [] };
  const close = { "(": ")", "[": "]", "{": "}" }[token.text];
  if (close === undefined) return null;
  const items = parseList(cursor, close);
  if (items === null) return null;
  const { positional, trailingComma } = items;
  if (token.text === "{") return { kind: "mixed", parts: positional };
  if (token.text === "[") return { kind: "list", items: positional };
  return positional.length === 1 && !trailingComma ? positional[0]! : { kind: "tuple", items: positional };
}
