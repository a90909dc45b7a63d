import { type Montage, writePng } from "kernelscope";

/** Bytes gathered before they are handed to a Blob, which the browser may keep outside of this worker's memory. */
const PART_BYTES = 16 * 1024 * 1024;

/** The montage as the PNG file that the command writes; `onProgress` hears of the bytes written so far. */
export async function pngFile(
  montage: Montage,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const parts: Blob[] = [];
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  let written = 0;
  const gather = (): void => {
    parts.push(new Blob(pieces));
    pieces = [];
    held = 0;
  };
  await writePng(
    montage,
    (bytes) => {
      pieces.push(bytes);
      held += bytes.length;
      written += bytes.length;
      if (held < PART_BYTES) return;
      gather();
      onProgress(written);
    },
    { signal },
  );
  gather();
  return new Blob(parts, { type: "image/png" });
}
