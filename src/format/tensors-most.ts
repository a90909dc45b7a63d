import { ReadError } from "../errors.ts";

/**
 * Most tensors of a file whose directory is held in memory, those of an optimizer among them: each takes 1 to 2 kB. The
 * largest networks in one file have a fifth of it.
 */
export const TENSORS_MOST = 50_000;

/** @throws ReadError `limit` when `count` tensors are more than a file may hold. */
export function assertTensors(count: number): void {
  if (count > TENSORS_MOST) throw new ReadError("limit", `The file holds more than ${TENSORS_MOST} tensors.`);
}
