import { webPort } from "../../port.ts";
import type { EngineOptions } from "./engine.ts";

/** More threads than this wait for one another longer than they work on networks of this size. */
const MOST = 8;

/**
 * Threads for a network in a page or worker: as many as the machine has, or `threads`, as Web Workers. They share
 * memory, which browsers allow only in pages that are cross-origin isolated (`Cross-Origin-Opener-Policy: same-origin`
 * and `Cross-Origin-Embedder-Policy: require-corp`); elsewhere one thread does the work. Results do not depend on it.
 * Train in a worker of your own where a page should stay responsive.
 *
 * @example
 * const network = sequential([...], { seed: 1, ...webThreads() });
 */
export function webThreads(
  threads: number = Math.min(MOST, globalThis.navigator?.hardwareConcurrency || 1),
): Pick<EngineOptions, "threads" | "spawn"> {
  if (!globalThis.crossOriginIsolated) return { threads: 1 };
  // Bundlers find the worker's file by this very form of the expression.
  const spawn = () => webPort(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
  return { threads, spawn };
}
