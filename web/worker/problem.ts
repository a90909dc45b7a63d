import { isReadError } from "kernelscope";
import type { Problem } from "../protocol.ts";

/** An error as data that can be sent to the page. */
export function problemOf(error: unknown): Problem {
  if (isReadError(error)) {
    return {
      code: error.code,
      file: error.file ?? null,
      offset: error.offset ?? null,
      message: error.message,
      ...(error.choices === undefined ? {} : { choices: [...error.choices] }),
    };
  }
  if (error instanceof RangeError && /allocation|array (buffer|length)|invalid array/i.test(error.message)) {
    return {
      code: "limit",
      file: null,
      offset: null,
      message: "This browser has no memory left for a layer of this size.",
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: "crashed",
    file: null,
    offset: null,
    message: `The reader stopped unexpectedly (${reason}).`,
  };
}
