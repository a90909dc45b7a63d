import { ReadError } from "../errors.ts";
import { legendText, legendTitle } from "../montage/legend.ts";
import type { Montage } from "../montage/montage.ts";

/**
 * What a picture says about itself: `Title` (the layer), `Description` (the legend as sentences), `Software`, and
 * `kernelscope`, a JSON object with layer, shape, range, normalisation and every option.
 */
export function montageText(montage: Montage): Readonly<Record<string, string>> {
  const { kernel, options, range, counts } = montage;
  const { axisNames: _, ...how } = options;
  const facts = {
    layer: kernel.name,
    kind: kernel.kind,
    shape: kernel.shape,
    groups: kernel.groups,
    dtype: kernel.dtype,
    range,
    ...how,
    counts,
  };
  return {
    Title: legendTitle(montage),
    Description: legendText(montage).join("\n"),
    Software: "Kernelscope",
    kernelscope: JSON.stringify(facts),
  };
}

/**
 * `tEXt` for Latin-1, uncompressed `iTXt` (UTF-8) otherwise. Throws `bad-option` for a keyword that PNG does not
 * allow: 1 to 79 printable Latin-1 characters without spaces at the ends.
 */
export function textChunk(
  keyword: string,
  text: string,
): { type: "tEXt" | "iTXt"; data: Uint8Array<ArrayBuffer> } {
  if (!/^[!-~¡-ÿ](?:[ -~¡-ÿ]{0,77}[!-~¡-ÿ])?$/.test(keyword) || keyword.includes("  ")) {
    throw new ReadError(
      "bad-option",
      `"${keyword}" is no PNG keyword: 1 to 79 printable Latin-1 characters, no space at the ends.`,
    );
  }
  const latin = latin1(keyword);
  if (/^[\n -~\u00a1-\u00ff]*$/.test(text)) {
    return { type: "tEXt", data: joined(latin, Uint8Array.of(0), latin1(text)) };
  }
  // No compression, no language tag, no translated keyword; NUL would end the text.
  const utf8 = new TextEncoder().encode(text.replaceAll("\0", ""));
  return { type: "iTXt", data: joined(latin, new Uint8Array(5), utf8) };
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
