import type { ReadErrorCode } from "kernelscope";
import { utf8 } from "../writers/weight.ts";

/** A hand-made file and the one answer it must get. */
export interface Case {
  readonly name: string;
  /** The file to open, by name, and what lies beside it. */
  readonly main: string;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /**
   * When the answer comes: `open`; `read`, when the file opens and says so of the layer or tensor it concerns; or
   * `fine`: looks wrong but has one reading.
   */
  readonly at: "open" | "read" | "fine";
  readonly code: ReadErrorCode | null;
  /** Part of what a note of the model, or the reason why something was left out, must say. */
  readonly says?: string;
}

/** A case of one file. `content` may be text. */
export function refusal(
  name: string,
  main: string,
  content: string | Uint8Array<ArrayBuffer>,
  code: ReadErrorCode,
  at: "open" | "read" = "open",
): Case {
  return { name, main, files: new Map([[main, bytesOf(content)]]), at, code };
}

/** A case of one file that must open and read; where something is odd, the model says so. */
export function fine(name: string, main: string, content: Uint8Array<ArrayBuffer>, says?: string): Case {
  return {
    name,
    main,
    files: new Map([[main, content]]),
    at: "fine",
    code: null,
    ...(says === undefined ? {} : { says }),
  };
}

/** A case of several files. */
export function folder(
  name: string,
  main: string,
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
  code: ReadErrorCode,
): Case {
  const entries = Object.entries(files).map(([file, content]) => [file, bytesOf(content)] as const);
  return { name, main, files: new Map(entries), at: "open", code };
}

function bytesOf(content: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? utf8(content) : content;
}

/** `text` with its first `from` replaced; throws when it is not there, so that a lie cannot get lost. */
export function swapText(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new RangeError(`${JSON.stringify(from)} is not in the text.`);
  return text.replace(from, () => to);
}
