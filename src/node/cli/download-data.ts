import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { escapeText, isReadError, ReadError } from "../../index.ts";
import { FLOWERS17_URL } from "../../train/index.ts";
import { checksum, download } from "../download.ts";
import type { DataSettings } from "../train/data-settings.ts";
import { type Context, say } from "./context.ts";
import { noteOf } from "./failure.ts";
import { createProgress } from "./progress.ts";
import { withCommas } from "./usage.ts";

/** Megabytes are enough for a progress line. */
const MEGABYTE = 1e6;

/**
 * What `--download` asks for: the archive that `data` names is fetched unless it is there, and its checksum told.
 *
 * @param address what `--download` says; `true` for where the data set is published
 * @throws ReadError `bad-option` for data that is no archive, or one without a known address; what `download` throws
 */
export async function downloadData(
  data: DataSettings,
  address: string | true,
  context: Context,
): Promise<void> {
  const { path, from } = archiveOf(data, address);
  const told = (bytes: number, sha256: string): string => `${withCommas(bytes)} bytes, sha256 ${sha256}`;
  if (existsSync(path)) {
    if ((await stat(path)).isDirectory()) return say(context, noteOf(path, "It is there already."));
    const { bytes, sha256 } = await checksum(path);
    return say(context, noteOf(path, `It is there already (${told(bytes, sha256)}).`));
  }
  say(context, `downloading ${escapeText(from)} to ${escapeText(path)}`);
  const progress = createProgress(context);
  const { bytes, sha256 } = await download(from, path, {
    signal: context.signal,
    unfinished: context.unfinished,
    onProgress(done, total) {
      const all = total ?? done + MEGABYTE;
      progress.show(Math.floor(done / MEGABYTE), Math.ceil(all / MEGABYTE), "MB");
    },
    onNote(note) {
      progress.clear();
      say(context, noteOf(path, note));
    },
  })
    .catch((error: unknown) => {
      if (isReadError(error, "refused", "not-found"))
        say(context, noteOf(path, "A file of that name that is fetched in another way will do as well."));
      throw error;
    })
    .finally(() => progress.clear());
  say(context, `downloaded ${escapeText(path)} (${told(bytes, sha256)})`);
}

/** The archive that `data` names and where it comes from. */
function archiveOf(
  data: DataSettings,
  address: string | true,
): { readonly path: string; readonly from: string } {
  if (data.kind === "flowers17") return { path: data.path, from: address === true ? FLOWERS17_URL : address };
  if (data.kind !== "image-folder" || !/\.(tgz|tar\.gz|tar)$/i.test(data.path)) {
    throw new ReadError(
      "bad-option",
      "--download fetches an archive of pictures: --data flowers17, or --data NAME.tgz with --download ADDRESS.",
    );
  }
  if (address !== true) return { path: data.path, from: address };
  throw new ReadError("bad-option", `Say where ${data.path} comes from: --download https://….`);
}
