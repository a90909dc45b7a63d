import { assertInside, type Source } from "./source.ts";

/**
 * A Blob or File (a dropped or chosen one) as a source; nothing is read before it is asked for.
 *
 * @example
 * const model = await open(fromBlob(input.files[0]));
 */
export function fromBlob(blob: Blob, name: string = nameOf(blob)): Source {
  const source: Source = {
    name,
    size: blob.size,
    async read(offset, length, signal) {
      assertInside(source, offset, length, "A read");
      const { readBlob } = await import("./read-blob.ts");
      return readBlob(blob, { offset, length, file: name }, signal);
    },
  };
  return source;
}

function nameOf(blob: Blob): string {
  return blob instanceof File ? blob.name : "blob";
}
