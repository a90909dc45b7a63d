import type { LayerFacts, View, Wanted } from "./protocol.ts";
import { DEFAULT_VIEW } from "./state.ts";

/** The words of the command line that writes the picture of `layer` as `view` shows it; names are quoted for a POSIX shell. */
export function drawCommand(
  file: string,
  layer: LayerFacts,
  view: View,
  cell: number,
  { axisOrder, entry }: Wanted,
): readonly string[] {
  const words = ["kernelscope", "draw", quote(file), quote(`#${layer.index}`)];
  if (view.sliceAxis !== DEFAULT_VIEW.sliceAxis) words.push("--slice-axis", view.sliceAxis);
  if (view.normalize !== DEFAULT_VIEW.normalize) words.push("--normalize", view.normalize);
  if (view.symmetric) words.push("--symmetric");
  if (view.trim !== null) words.push("--trim", String(view.trim));
  if (view.colormap !== DEFAULT_VIEW.colormap) words.push("--colormap", view.colormap);
  words.push("--cell", String(cell));
  if (entry !== null) words.push("--entry", quote(entry));
  if (axisOrder !== null) words.push("--axis-order", quote(axisOrder));
  words.push("-o", "kernels.png");
  return words;
}

/** A word that the shell takes as it is; control characters are written as escapes. */
function quote(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters need the escaping quotes
  if (/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(word)) {
    const escaped = [...word].map((character) =>
      /[\p{L}\p{N} ._#/-]/u.test(character)
        ? character
        : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
    );
    return `$'${escaped.join("")}'`;
  }
  if (/^[\w./@%+=:,-]+$/.test(word) && !word.startsWith("-")) return word;
  const safe = word.startsWith("-") ? `./${word}` : word;
  return `'${safe.replaceAll("'", "'\\''")}'`;
}
