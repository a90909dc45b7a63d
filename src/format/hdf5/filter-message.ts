import { Beyond } from "./beyond.ts";
import { cursorOf } from "./bytes.ts";
import type { DatasetInfo } from "./protocol.ts";

/** Filters below this number are HDF5's own and have no name in messages of version 2. */
const FIRST_NAMED = 256;

/** The filters that a filter pipeline message names, in the order in which they were applied. */
export function readFilters(body: Uint8Array): DatasetInfo["filters"] {
  const cursor = cursorOf(body);
  const version = cursor.number(1);
  const count = cursor.number(1);
  if (version === 1) cursor.skip(6);
  else if (version !== 2) throw new Beyond(`a filter pipeline of version ${version}`);
  return Array.from({ length: count }, () => {
    const id = cursor.number(2);
    const nameLength = version === 1 || id >= FIRST_NAMED ? cursor.number(2) : 0;
    cursor.skip(2);
    const values = cursor.number(2);
    const stored = version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength;
    const name = new TextDecoder().decode(cursor.take(stored)).replace(/\0.*$/s, "");
    cursor.skip(values * 4 + (version === 1 && values % 2 === 1 ? 4 : 0));
    return { id, name };
  });
}
