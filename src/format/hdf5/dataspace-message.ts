import { Beyond } from "./beyond.ts";
import { cursorOf } from "./bytes.ts";

/** Axes that HDF5 allows. */
const MAX_RANK = 32;

/** The extents that a dataspace message states, empty for a scalar; null for a null dataspace. */
export function readDataspace(body: Uint8Array, lengthSize: number): readonly number[] | null {
  const cursor = cursorOf(body);
  const version = cursor.number(1);
  const rank = cursor.number(1);
  if (rank > MAX_RANK) throw new Beyond(`a dataspace of ${rank} axes`);
  cursor.skip(1);
  if (version === 1) cursor.skip(5);
  else if (version !== 2) throw new Beyond(`a dataspace of version ${version}`);
  else if (cursor.number(1) === 2) return null;
  return Array.from({ length: rank }, () => cursor.number(lengthSize));
}
