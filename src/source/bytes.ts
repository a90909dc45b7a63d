import { assertInside, type Source } from "./source.ts";

/** Bytes already in memory as a source. They are not copied: do not change them while the source is used. */
export function fromBytes(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer, name = "bytes"): Source {
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const source: Source = {
    name,
    size: view.byteLength,
    async read(offset, length) {
      assertInside(source, offset, length, "A read");
      // A result that is a whole buffer belongs to whoever asked: the caller's own must not be given away.
      return length === view.buffer.byteLength ? view.slice() : view.subarray(offset, offset + length);
    },
  };
  return source;
}
