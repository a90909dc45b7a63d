import { escapeText, isReadError, type ReadErrorCode } from "../../index.ts";
import { EXIT } from "./context.ts";

/** Codes that do not mean "cannot read". */
const CODES: Readonly<Partial<Record<ReadErrorCode, number>>> = {
  "bad-option": EXIT.usage,
  "no-such-layer": EXIT.noSuchLayer,
  aborted: EXIT.interrupted,
};

/** The exit code that `error` calls for. */
export function exitCodeOf(error: unknown): number {
  return isReadError(error) ? (CODES[error.code] ?? EXIT.unreadable) : EXIT.unreadable;
}

/** One line for people: `kernelscope: FILE: sentence`, with whatever a file put into it made visible. */
export function sentenceOf(error: unknown): string {
  if (isReadError(error)) {
    const file = error.file === undefined ? "" : `${escapeText(error.file)}: `;
    return `kernelscope: ${file}${escapeText(error.message)}`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `kernelscope: Something unforeseen happened, please report it: ${escapeText(reason)}`;
}

/** A remark that is no error, in the same form. */
export function noteOf(file: string, note: string): string {
  return `kernelscope: ${escapeText(file)}: ${escapeText(note)}`;
}
