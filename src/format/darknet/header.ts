import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";

/** What stands in front of Darknet's weights. */
export interface WeightsHeader {
  /** Bytes: 16, or 20 where the number of seen pictures has 64 bits. */
  readonly length: number;
  /** `major.minor.revision`. */
  readonly version: string;
  /** Whether matrices of fully connected layers are stored the other way round. */
  readonly transposed: boolean;
}

/** Reads the header as Darknet's `load_weights_upto` does. */
export async function readWeightsHeader(source: Source, signal?: AbortSignal): Promise<WeightsHeader> {
  if (source.size < 16) {
    throw new ReadError(
      "truncated",
      `Darknet's weights begin with 16 bytes, but the file has ${source.size}.`,
      {
        file: source.name,
      },
    );
  }
  const bytes = await source.read(0, 16, signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major, minor, revision] = [0, 4, 8].map((at) => view.getInt32(at, true)) as [number, number, number];
  const wide = major * 10 + minor >= 2 && major < 1000 && minor < 1000;
  return {
    length: wide ? 20 : 16,
    version: `${major}.${minor}.${revision}`,
    transposed: major > 1000 || minor > 1000,
  };
}

/** Whether a file begins like Darknet's weights: small numbers for a version. Many files do: the name must say so too. */
export function looksLikeWeights(head: Uint8Array): boolean {
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return [0, 4, 8].every((at) => view.getInt32(at, true) >= 0 && view.getInt32(at, true) < 10_000);
}
