import { ReadError } from "../../errors.ts";
import { isBareName, type Source } from "../../source/source.ts";

/** The files beside an ONNX model that hold its values. */
export interface ExternalFiles {
  /** The file that a tensor names, opened when it is first asked for. */
  open(location: string, signal?: AbortSignal): Promise<Source>;
  close(): Promise<void>;
}

/** Files that one model may keep open. */
const FILES_MOST = 4096;

/**
 * The files beside `source`: only bare names are opened, whatever path the model asks for.
 */
export function externalFiles(source: Source): ExternalFiles {
  const opened = new Map<string, Promise<Source>>();
  const find = async (location: string, signal: AbortSignal | undefined): Promise<Source> => {
    if (!isBareName(location)) {
      throw new ReadError(
        "refused",
        `The model places values in ${JSON.stringify(location)}; only files beside it, named without a path, are read.`,
      );
    }
    if (opened.size > FILES_MOST)
      throw new ReadError("limit", `The model places its values in more than ${FILES_MOST} files.`);
    const file = (await source.sibling?.(location, signal)) ?? null;
    if (file !== null) return file;
    throw new ReadError(
      "missing-sibling",
      `The values are in ${JSON.stringify(location)}, which is not beside the model: put (or drop) them together.`,
    );
  };
  return {
    open(location, signal) {
      const known = opened.get(location);
      if (known !== undefined) return known;
      const file = find(location, signal);
      opened.set(location, file);
      // A failure is forgotten, so that the next read tries again.
      file.catch(() => opened.delete(location));
      return file;
    },
    async close() {
      const files = await Promise.allSettled(opened.values());
      await Promise.all(
        files.map((file) => (file.status === "fulfilled" ? file.value.close?.() : undefined)),
      );
    },
  };
}
