import { expect } from "vitest";
import { ReadError, type ReadErrorCode } from "../src/index.ts";

/** The ReadError that `work` fails with; its code and parts of its message are checked. */
export async function failureOf(
  work: Promise<unknown> | (() => unknown),
  code: ReadErrorCode,
  ...mentions: readonly string[]
): Promise<ReadError> {
  let error: unknown = new Error("it did not fail");
  try {
    await (typeof work === "function" ? work() : work);
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(ReadError);
  const found = error as ReadError;
  expect(found.code, found.message).toBe(code);
  for (const part of mentions) expect(found.message).toContain(part);
  return found;
}
