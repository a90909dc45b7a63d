import { ReadError } from "../errors.ts";

/**
 * The records of a pax header (POSIX.1-2001): `LENGTH KEY=VALUE` and a line break, LENGTH counting all of it. Values are
 * bytes: only a path is text.
 *
 * @throws ReadError `malformed`, or `ambiguous` when a key stands twice.
 */
export function readPax(bytes: Uint8Array, offset: number): ReadonlyMap<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  const latin1 = new TextDecoder("latin1");
  for (let at = 0; at < bytes.length; ) {
    // Some writers pad the header with NULs.
    if (bytes[at] === 0) break;
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? "" : latin1.decode(bytes.subarray(at, space));
    const end = at + (/^\d+$/.test(digits) ? Number(digits) : 0);
    const equals = bytes.indexOf(0x3d, space + 1);
    if (end <= space || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new ReadError(
        "malformed",
        "A pax header of the tar archive holds a record whose length is wrong.",
        { offset },
      );
    }
    const key = latin1.decode(bytes.subarray(space + 1, equals));
    if (records.has(key))
      throw new ReadError(
        "ambiguous",
        `A pax header of the tar archive states ${JSON.stringify(key)} twice.`,
        {
          offset,
        },
      );
    records.set(key, bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}
