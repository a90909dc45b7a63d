import type { FormatRow } from "./format.ts";
import { formats } from "./formats.ts";

const rows: readonly FormatRow[] = formats;

/**
 * What people call the format `name`, without endings; of one with several rows, the words that all of their titles
 * begin with (`TensorFlow`).
 */
export function formatTitle(name: string): string {
  const titles = rows.filter((row) => row.name === name).map(({ title }) => wordsOf(title));
  const [first = [name]] = titles;
  const common = first.findIndex((word, at) => titles.some((words) => words[at] !== word));
  return first.slice(0, common < 1 ? undefined : common).join(" ");
}

/** Every format in one line, for a sentence. */
export function formatTitles(): string {
  const names = new Set(rows.filter(({ container }) => container !== true).map(({ name }) => name));
  const containers = rows.filter(({ container }) => container === true).map(({ name }) => name);
  return `${[...names].map(formatTitle).join(", ")}, and these in ${containers.join(", ")}`;
}

/** `ONNX (.onnx)` without what stands in brackets. */
function wordsOf(title: string): readonly string[] {
  return title.replace(/ \([^)]*\)/, "").split(" ");
}
