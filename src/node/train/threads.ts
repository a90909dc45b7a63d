import { availableParallelism } from "node:os";
import type { BuildOptions } from "../../train/index.ts";
import { nodeSpawn } from "../spawn.ts";

/** More threads than this wait for one another longer than they work on networks of this size. */
const MOST = 8;

/**
 * Threads for a network in Node: as many as the machine has, or `threads`. Results do not depend on the number.
 *
 * @example
 * const network = sequential([...], { seed: 1, ...threadPool() });
 */
export function threadPool(
  threads: number = Math.min(MOST, availableParallelism()),
): Pick<BuildOptions, "threads" | "spawn"> {
  return { threads, spawn: nodeSpawn };
}
