import { stat } from "node:fs/promises";
import { ReadError } from "../../index.ts";
import { FLOWERS17_URL } from "../../train/index.ts";
import { systemError } from "../system-error.ts";
import type { DataSettings } from "./data-settings.ts";

/**
 * Notices files of a data set that are missing.
 *
 * @throws ReadError `not-found` with how to get them
 */
export async function assertDataPresent(data: DataSettings): Promise<void> {
  const paths =
    data.kind === "arrays"
      ? [data.inputs, data.targets]
      : data.kind === "flowers17" || data.kind === "image-folder"
        ? [data.path]
        : [];
  for (const path of paths) {
    if (path === null) continue;
    await stat(path).catch((cause: unknown) => {
      const error = systemError(cause, path);
      if (data.kind !== "flowers17" || error.code !== "not-found") throw error;
      throw new ReadError(
        "not-found",
        `Oxford's 17 flowers are not here. kernelscope train --download fetches them (60 MB from ${FLOWERS17_URL}); nothing is fetched without it. Or give the archive or its folder: --data flowers17:PATH.`,
        { file: path, cause },
      );
    });
  }
}
