import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ReadError } from "../../index.ts";
import type { PictureFile } from "../../train/index.ts";
import { systemError } from "../system-error.ts";

/** An archive of pictures is unpacked in memory; Oxford's 17 flowers take 60 MB. */
const ARCHIVE_BYTES = 1024 ** 3;

/** Files of one data set, links not followed. */
const MOST_FILES = 1_000_000;

/**
 * The files of a folder and those below it, or of a `.tgz`, `.tar.gz` or `.tar` archive. Links are left out.
 *
 * @throws ReadError `not-found`, `refused`, `malformed` for an archive that is none, `limit` for one above 1 GiB
 */
export async function pictureFiles(path: string): Promise<readonly PictureFile[]> {
  const stats = await stat(path).catch((error: unknown) => {
    throw systemError(error, path);
  });
  if (stats.isDirectory()) return folderFiles(path);
  if (!/\.(tgz|tar\.gz|tar)$/i.test(path)) {
    throw new ReadError("unsupported", "Pictures come from a folder, a .tgz, a .tar.gz or a .tar.", {
      file: path,
    });
  }
  if (stats.size > ARCHIVE_BYTES) throw tooLarge(path);
  return archiveFiles(path, await readFile(path));
}

async function folderFiles(folder: string): Promise<readonly PictureFile[]> {
  const files: PictureFile[] = [];
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const name of await readdir(at)) {
      const path = join(at, name);
      const stats = await lstat(path);
      if (stats.isDirectory()) waiting.push(path);
      else if (stats.isFile()) files.push(folderFile(folder, path));
      if (files.length > MOST_FILES) {
        throw new ReadError("limit", `The folder holds more than ${MOST_FILES} files.`, { file: folder });
      }
    }
  }
  return files;
}

function folderFile(folder: string, path: string): PictureFile {
  return {
    path: relative(folder, path).replaceAll(sep, "/"),
    async bytes() {
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        throw systemError(error, path);
      }
    },
  };
}

async function archiveFiles(path: string, packed: Uint8Array): Promise<readonly PictureFile[]> {
  const { parseTar } = await import("nanotar");
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? await unzipped(path, packed) : packed;
  const magic = Buffer.from(bytes.subarray(257, 262)).toString("latin1");
  if (magic !== "ustar") throw new ReadError("malformed", "The archive is no tar archive.", { file: path });
  try {
    return parseTar(bytes).flatMap(({ name, data, type }) =>
      type === "file" && data !== undefined
        ? [{ path: name.replace(/^\.\//, ""), bytes: async () => new Uint8Array(data) }]
        : [],
    );
  } catch (error) {
    throw new ReadError("malformed", "The archive is damaged: its tar records cannot be read.", {
      file: path,
      cause: error,
    });
  }
}

async function unzipped(path: string, packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: ARCHIVE_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(path);
    throw new ReadError("malformed", "The archive is damaged: it cannot be unpacked.", {
      file: path,
      cause: error,
    });
  }
}

function tooLarge(path: string): ReadError {
  return new ReadError("limit", "The archive is larger than 1 GiB: unpack it and give the folder.", {
    file: path,
  });
}
