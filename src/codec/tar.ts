import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import { cached } from "../source/cached.ts";
import type { Source } from "../source/source.ts";
import { hasTarChecksum, readTarHeader, TAR_BLOCK, type TarHeader } from "./tar-header.ts";
import { readPax } from "./tar-pax.ts";

/** One entry of a tar archive. */
export interface TarEntry {
  /** Its path as the archive has it, without `./` in front and a slash behind. */
  readonly name: string;
  /** `link`: a symbolic or hard one; `other`: a device, a pipe, a sparse file. Only files have content here. */
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number;
  /** Offset of its content. */
  readonly offset: number;
}

/** Longest extended header (pax) or long name (GNU): a path and a few numbers. */
export const TAR_EXTENDED_MOST = 1024 ** 2;

/** What an extended header or a long name says of the entry that follows. */
interface Extended {
  path?: string;
  size?: number;
  sparse?: boolean;
}

/**
 * Reads the headers of a tar archive (ustar, pax, GNU's long names, the old form) and no content. Every header's checksum
 * is looked at; what extracting could give in two ways is refused.
 *
 * @throws ReadError `truncated`, `malformed`, `ambiguous` (a name twice, data behind the end) or `limit`.
 */
export async function readTar(from: Source, budget: Budget, signal?: AbortSignal): Promise<TarEntry[]> {
  const source = cached(from);
  const entries: TarEntry[] = [];
  const names = new Set<string>();
  let common: Extended = {};
  let next: Extended = {};
  for (let at = 0; ; ) {
    budget.count(1, "entries of the tar archive");
    const block = await readBlock(source, at, signal);
    if (block.every((byte) => byte === 0)) {
      await assertEnd(source, at, signal);
      return entries;
    }
    if (!hasTarChecksum(block))
      throw new ReadError("malformed", "The checksum of a header in the tar archive is wrong.", {
        offset: at,
      });
    const header = readTarHeader(block, at);
    if (header.type === "S") {
      throw new ReadError(
        "unsupported",
        `${JSON.stringify(header.name)} in the tar archive is a sparse file in GNU's old form: unpack the archive first.`,
        { offset: at },
      );
    }
    const content = at + TAR_BLOCK;
    const size = isExtension(header.type) ? header.size : (next.size ?? common.size ?? header.size);
    const end = content + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    // The padding of a last entry may be missing with the end marks; its content may not.
    if (content + size > source.size) {
      throw new ReadError(
        "truncated",
        `The tar archive has ${source.size} bytes, but ${JSON.stringify(header.name)} in it goes on to byte ${content + size}.`,
        { offset: at },
      );
    }
    if (isExtension(header.type)) {
      const bytes = await readExtended(source, header, content, budget, signal);
      if (header.type === "g") common = { ...common, ...extendedOf(bytes, at) };
      else if (header.type === "x") next = { ...next, ...extendedOf(bytes, at) };
      else if (header.type === "L") next = { ...next, path: textOf(bytes.subarray(0, endOf(bytes)), at) };
    } else {
      const stated = next.path ?? common.path ?? header.name;
      const name = stated.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");
      const kind = kindOf(header.type, stated, next.sparse ?? false);
      if (kind !== "folder" && names.has(name))
        throw new ReadError("ambiguous", `The tar archive holds two entries named ${JSON.stringify(name)}.`, {
          offset: at,
        });
      if (kind !== "folder") names.add(name);
      entries.push({ name, kind, size: kind === "file" ? size : 0, offset: content });
      next = {};
    }
    // Links, folders and devices may state a size, but nothing follows them.
    at = isExtension(header.type) || hasContent(header.type) ? end : content;
  }
}

/** Kinds of headers that speak of the next one: pax for one entry, pax for all, GNU's long name and long link. */
function isExtension(type: string): boolean {
  return type === "x" || type === "g" || type === "L" || type === "K";
}

function hasContent(type: string): boolean {
  return !/^[1-6]$/.test(type);
}

function kindOf(type: string, name: string, sparse: boolean): TarEntry["kind"] {
  // The old form has folders as files whose names end in a slash.
  if (type === "5" || (type === "0" && name.endsWith("/"))) return "folder";
  if (type === "1" || type === "2") return "link";
  return (type === "0" || type === "7") && !sparse ? "file" : "other";
}

async function readBlock(source: Source, at: number, signal?: AbortSignal): Promise<Uint8Array> {
  if (at + TAR_BLOCK > source.size) {
    throw new ReadError(
      "truncated",
      `The tar archive ends at byte ${source.size} without the empty blocks that mark its end: it was cut off.`,
      { offset: at },
    );
  }
  return source.read(at, TAR_BLOCK, signal);
}

/** Behind the end mark there may be padding only: another archive would be read by some and not by others. */
async function assertEnd(source: Source, at: number, signal?: AbortSignal): Promise<void> {
  const rest = await source.read(at, Math.min(source.size - at, 64 * 1024), signal);
  const found = rest.findIndex((byte) => byte !== 0);
  if (found >= 0) {
    throw new ReadError(
      "ambiguous",
      `Something follows the end of the tar archive at byte ${at}, so it can be read in two ways.`,
      { offset: at + found },
    );
  }
}

async function readExtended(
  source: Source,
  { size }: TarHeader,
  offset: number,
  budget: Budget,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (size > TAR_EXTENDED_MOST) {
    throw new ReadError(
      "limit",
      `An extended header of the tar archive has ${size} bytes; the limit is ${TAR_EXTENDED_MOST}.`,
      { offset },
    );
  }
  budget.take(size, "an extended header of the tar archive")();
  return source.read(offset, size, signal);
}

/** What pax records say that matters here. */
function extendedOf(bytes: Uint8Array, offset: number): Extended {
  const records = readPax(bytes, offset);
  const extended: Extended = {};
  const path = records.get("GNU.sparse.name") ?? records.get("path");
  if (path !== undefined) extended.path = textOf(path, offset);
  const size = records.get("size");
  if (size !== undefined) {
    const digits = new TextDecoder("latin1").decode(size);
    extended.size = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    if (!Number.isSafeInteger(extended.size))
      throw new ReadError(
        "malformed",
        `A pax header states the size ${JSON.stringify(digits.slice(0, 40))}.`,
        {
          offset,
        },
      );
  }
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) extended.sparse = true;
  return extended;
}

function endOf(bytes: Uint8Array): number {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes.length : end;
}

/** A name: UTF-8 or, in old archives, one byte a letter. */
function textOf(bytes: Uint8Array, offset: number): string {
  if (bytes.includes(0)) {
    throw new ReadError(
      "ambiguous",
      "A name in the tar archive holds a NUL, where some readers stop and others go on.",
      { offset },
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
