import { ReadError } from "../errors.ts";
import { abortedError, throwIfAborted } from "./aborted.ts";
import { orAborted } from "./or-aborted.ts";
import type { Folder, Source } from "./source.ts";

/**
 * `source` with every read guarded: a result is only handed out when the source's identity is the same after it
 * as before the first one, and when it has exactly the length that was asked for. Its siblings come guarded too.
 *
 * @throws ReadError (from reads) `source-changed` or `source-short`.
 */
export function steady(source: Source): Source {
  const { name } = source;
  const identity = source.identity?.bind(source);
  const sibling = source.sibling?.bind(source);
  const close = source.close?.bind(source);
  let first: Promise<string> | undefined;
  const remember = async (signal: AbortSignal | undefined): Promise<void> => {
    if (identity === undefined || first !== undefined) return;
    // Without the caller's signal: others may wait for the same answer. A failure is not remembered.
    const asked = guarded(() => identity(), { name });
    first = asked;
    asked.catch(() => {
      first = undefined;
    });
    await orAborted(asked, signal, name);
  };
  const check = async (signal: AbortSignal | undefined): Promise<void> => {
    if (identity === undefined) return;
    const now = await orAborted(
      guarded(() => identity(signal), { name, signal }),
      signal,
      name,
    );
    const then = await first;
    if (then !== now) {
      throw new ReadError(
        "source-changed",
        `The content changed while it was read (it was ${then} and is now ${now}): open it again.`,
        {
          file: source.name,
        },
      );
    }
  };
  return {
    name: source.name,
    size: source.size,
    async read(offset, length, signal) {
      throwIfAborted(signal, source.name);
      await remember(signal);
      const bytes = await orAborted(
        guarded(() => source.read(offset, length, signal), { name, signal, offset }),
        signal,
        name,
      );
      if (bytes.length !== length) {
        throw new ReadError("source-short", `A read of ${length} bytes at ${offset} gave ${bytes.length}.`, {
          file: source.name,
          offset,
        });
      }
      await check(signal);
      throwIfAborted(signal, source.name);
      return bytes;
    },
    ...(identity === undefined ? {} : { identity }),
    ...(sibling === undefined ? {} : { sibling: guardedSibling(sibling) }),
    ...(source.folder === undefined ? {} : { folder: steadyFolder(source.folder) }),
    ...(close === undefined ? {} : { close }),
  };
}

/** `folder` with every file in it guarded. */
export function steadyFolder(folder: Folder): Folder {
  const close = folder.close?.bind(folder);
  return {
    name: folder.name,
    entries: (signal) => guarded(() => folder.entries(signal), { name: folder.name, signal }),
    async file(name, signal) {
      const file = await guarded(() => folder.file(name, signal), { name: folder.name, signal });
      return file === null ? null : steady(file);
    },
    async folder(name, signal) {
      const inner = await guarded(() => folder.folder(name, signal), { name: folder.name, signal });
      return inner === null ? null : steadyFolder(inner);
    },
    ...(close === undefined ? {} : { close }),
  };
}

/** Siblings are guarded too. */
function guardedSibling(sibling: NonNullable<Source["sibling"]>): NonNullable<Source["sibling"]> {
  return async (name, signal) => {
    const other = await sibling(name, signal);
    return other === null ? null : steady(other);
  };
}

/** What is asked of a source, with every failure a ReadError, also from a source that is not ours. */
async function guarded<T>(
  ask: () => Promise<T>,
  place: {
    readonly name: string;
    readonly signal?: AbortSignal | undefined;
    readonly offset?: number | undefined;
  },
): Promise<T> {
  const { name, signal, offset } = place;
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ReadError) throw cause;
    if (signal?.aborted === true) throw abortedError(signal, name);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReadError("refused", `The bytes could not be read: ${reason}`, {
      file: name,
      ...(offset === undefined ? {} : { offset }),
      cause,
    });
  }
}
