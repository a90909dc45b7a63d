import { ReadError } from "../errors.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Source } from "./source.ts";

/** Sources that are read at the same time. */
const AT_ONCE = 6;

/** Sources one after the other as one: a read may cross from one into the next. */
export function joined(sources: readonly Source[], name: string): Source {
  const starts: number[] = [];
  let size = 0;
  for (const source of sources) {
    starts.push(size);
    size += source.size;
  }
  return {
    name,
    size,
    async read(offset, length, signal) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
        throw new ReadError(
          "truncated",
          `A read of bytes ${offset} to ${offset + length} passes the end at ${size}.`,
          {
            file: name,
            offset,
          },
        );
      }
      const wanted = sources.flatMap((source, i) => {
        const from = Math.max(offset - starts[i]!, 0);
        const to = Math.min(offset + length - starts[i]!, source.size);
        return from < to ? [{ source, from, to }] : [];
      });
      const parts = await sideBySide(wanted, AT_ONCE, ({ source, from, to }) =>
        source.read(from, to - from, signal),
      );
      if (parts.length === 1) return parts[0]!;
      const whole = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  };
}
