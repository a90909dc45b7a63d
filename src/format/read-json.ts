import type { Budget } from "../budget.ts";
import { JSON_MAX_BYTES, parseJson } from "../codec/json.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";

/**
 * A whole JSON file; its size is looked at before it is read.
 *
 * @throws ReadError as `parseJson`.
 */
export async function readJson(
  source: Source,
  budget: Budget,
  what: string,
  signal?: AbortSignal,
): Promise<unknown> {
  if (source.size > JSON_MAX_BYTES) {
    throw new ReadError(
      "limit",
      `${what} has ${source.size} bytes of JSON; the limit is ${JSON_MAX_BYTES}.`,
      {
        file: source.name,
      },
    );
  }
  return parseJson(await source.read(0, source.size, signal), budget, what);
}
