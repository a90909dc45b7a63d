import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { type XmlEvent, xmlEvents } from "../../src/codec/xml.ts";
import { isReadError } from "../../src/errors.ts";

const read = (text: string): XmlEvent[] => [...xmlEvents(text, createBudget({ depth: 8 }), "The file")];

/** Events in one line: `<a b=c`, `text`, `>`. */
const shown = (text: string): string =>
  read(text)
    .map((event) =>
      event.kind === "open"
        ? `<${event.name}${[...event.attributes].map(([key, value]) => ` ${key}=${value}`).join("")}`
        : event.kind === "close"
          ? ">"
          : event.text,
    )
    .join("|");

describe("xmlEvents", () => {
  it.each([
    ["<a/>", "<a|>"],
    [
      '<?xml version="1.0"?>\n<!-- <b> --><a b = "1" c=\'x "y"\'>\n t &lt;&amp;&#65;&#x42; \n</a>\n',
      '<a b=1 c=x "y"|\n t <&AB \n|>',
    ],
    ["<a><![CDATA[<b>&amp;]]></a>", "<a|<b>&amp;|>"],
    ["\ufeff<a><b/><b></b></a>", "<a|<b|>|<b|>|>"],
    ['<a b="&quot;&apos;&gt;"/>', "<a b=\"'>|>"],
  ])("reads %j", (text, events) => expect(shown(text)).toBe(events));

  it.each([
    ["<a>", "truncated"],
    ["", "truncated"],
    ["<a></b>", "malformed"],
    ["</a>", "malformed"],
    ["<a/><b/>", "malformed"],
    ["text", "malformed"],
    ["<a b=1/>", "malformed"],
    ['<a b="<"/>', "malformed"],
    ["<a", "malformed"],
    ["<a>&nbsp;</a>", "malformed"],
    ["<a>&#0;</a>", "malformed"],
    ["<a>& </a>", "malformed"],
    ["<!-- <a/>", "malformed"],
    ['<a b="1" b="2"/>', "ambiguous"],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "unsupported"],
    [`${"<a>".repeat(9)}${"</a>".repeat(9)}`, "limit"],
  ] as const)("refuses %j", (text, code) => {
    let found: unknown;
    try {
      read(text);
    } catch (error) {
      found = error;
    }
    expect(isReadError(found, code), String(found)).toBe(true);
  });
});
