import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";

/** What is met when XML is read from front to back. */
export type XmlEvent =
  | { readonly kind: "open"; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: "close"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

/** Most attributes of one element: none of a weight file has more than some tens. */
export const XML_ATTRIBUTES_MOST = 1_000;

const NAME = /[A-Za-z_:][\w:.-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const CLOSING = /<\/([A-Za-z_:][\w:.-]*)\s*>/y;

/** The five entities of XML itself; others would have to be declared, which is refused. */
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * Reads `text` as the part of XML 1.0 that data files need: elements, attributes, text, CDATA, comments, processing
 * instructions. There is no DOCTYPE and so nothing to expand, include or fetch. Text between elements that is only
 * space is passed over.
 *
 * @throws ReadError (from the generator) `malformed`, `ambiguous` (an attribute twice), `unsupported` (DOCTYPE), `limit`.
 */
export function* xmlEvents(text: string, budget: Budget, what: string): Generator<XmlEvent> {
  const open: string[] = [];
  const wrong = (at: number, found: string): ReadError =>
    new ReadError("malformed", `${what} is not well-formed XML: ${found} at character ${at}.`);
  let roots = 0;
  let counted = 0;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    if (++counted % 256 === 0) budget.count(256, `elements of ${what}`);
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      const end = next < 0 ? text.length : next;
      const between = text.slice(at, end);
      if (between.trim() !== "") {
        if (open.length === 0) throw wrong(at, "text outside the root element");
        yield { kind: "text", text: unescaped(between, wrong, at) };
      }
      at = end;
    } else if (text.startsWith("<!--", at)) at = after(text, "-->", at + 4, wrong);
    else if (text.startsWith("<?", at)) at = after(text, "?>", at + 2, wrong);
    else if (text.startsWith("<![CDATA[", at)) {
      const end = after(text, "]]>", at + 9, wrong);
      yield { kind: "text", text: text.slice(at + 9, end - 3) };
      at = end;
    } else if (text.startsWith("<!", at)) {
      throw new ReadError("unsupported", `${what} declares a document type, which no weight file needs.`);
    } else if (text.startsWith("</", at)) {
      CLOSING.lastIndex = at;
      const name = CLOSING.exec(text)?.[1];
      if (name === undefined || open.pop() !== name) throw wrong(at, "a closing tag that closes nothing");
      at = CLOSING.lastIndex;
      yield { kind: "close", name };
    } else {
      const tag = readTag(text, at, wrong);
      if (open.length === 0 && ++roots > 1) throw wrong(at, "a second root element");
      yield { kind: "open", name: tag.name, attributes: tag.attributes };
      if (tag.empty) yield { kind: "close", name: tag.name };
      else {
        open.push(tag.name);
        budget.enter(open.length, `Elements of ${what}`);
      }
      at = tag.end;
    }
  }
  if (roots === 0 || open.length > 0) {
    throw new ReadError(
      "truncated",
      `${what} ends ${roots === 0 ? "before its first element" : `inside <${open.at(-1)}>`}.`,
    );
  }
}

type Wrong = (at: number, found: string) => ReadError;

function after(text: string, mark: string, from: number, wrong: Wrong): number {
  const found = text.indexOf(mark, from);
  if (found < 0) throw wrong(from, `no ${JSON.stringify(mark)}`);
  return found + mark.length;
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly empty: boolean;
  readonly end: number;
}

function readTag(text: string, at: number, wrong: Wrong): Tag {
  NAME.lastIndex = at + 1;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw wrong(at, "a tag without a name");
  let end = NAME.lastIndex;
  const attributes = new Map<string, string>();
  for (;;) {
    ATTRIBUTE.lastIndex = end;
    const found = ATTRIBUTE.exec(text);
    if (found === null) break;
    const key = found[1]!;
    if (attributes.has(key)) {
      throw new ReadError("ambiguous", `An element <${name}> has the attribute ${key} twice.`);
    }
    if (attributes.size === XML_ATTRIBUTES_MOST)
      throw new ReadError("limit", `An element <${name}> has more than ${XML_ATTRIBUTES_MOST} attributes.`);
    attributes.set(key, unescaped(found[2] ?? found[3] ?? "", wrong, end));
    end = ATTRIBUTE.lastIndex;
  }
  TAG_END.lastIndex = end;
  const closing = TAG_END.exec(text);
  if (closing === null) throw wrong(at, `a tag <${name}> that does not end`);
  return { name, attributes, empty: closing[1] === "/", end: TAG_END.lastIndex };
}

function unescaped(text: string, wrong: Wrong, at: number): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));|&/g,
    (_, decimal, hexadecimal, name) => {
      if (name !== undefined && Object.hasOwn(ENTITIES, name)) return ENTITIES[name]!;
      const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hexadecimal ?? "z", 16);
      if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
      throw wrong(at, "an entity that XML does not have");
    },
  );
}
