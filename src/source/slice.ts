import { ReadError } from "../errors.ts";
import { assertInside, type Source } from "./source.ts";

/** `length` bytes of `source` from `offset` as a source of their own, such as a stored entry of a zip. */
export function slice(source: Source, offset: number, length: number, name: string = source.name): Source {
  assertInside(source, offset, length, name);
  const part: Source = {
    name,
    size: length,
    async read(at, count, signal) {
      if (!(at >= 0 && count >= 0 && at + count <= length)) {
        throw new ReadError(
          "truncated",
          `A read of bytes ${at} to ${at + count} passes the end at ${length}.`,
          { file: name, offset: at },
        );
      }
      return source.read(offset + at, count, signal);
    },
    ...(source.identity === undefined ? {} : { identity: source.identity }),
  };
  return part;
}
