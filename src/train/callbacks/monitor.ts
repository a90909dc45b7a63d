import { createMetric } from "../metrics.ts";
import type { Network } from "../network.ts";

/** Options of callbacks that watch a number. */
export interface MonitorOptions {
  /** Default `val_loss`. */
  readonly monitor?: string | undefined;
  /** Epochs without an improvement that are waited for. */
  readonly patience?: number | undefined;
  /** What counts as an improvement at least. */
  readonly minDelta?: number | undefined;
  /** Default `auto`: larger is better for accuracies, precision and recall. */
  readonly mode?: "auto" | "min" | "max" | undefined;
}

/** Whether `value` improves on `best`. */
export function improvement({
  monitor = "val_loss",
  mode = "auto",
  minDelta = 0,
}: MonitorOptions): (value: number, best: number) => boolean {
  const larger = mode === "max" || (mode === "auto" && /acc|precision|recall/.test(monitor));
  return (value, best) => (larger ? value - Math.abs(minDelta) > best : value + Math.abs(minDelta) < best);
}

/** What every number improves on. */
export function worst(options: MonitorOptions): number {
  const better = improvement({ ...options, minDelta: 0 });
  return better(1, 0) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Names of the numbers that a compiled network gives each epoch; `held`: whether samples are held out. */
export function logNames(network: Network, held: boolean): readonly string[] {
  const { compiled, outputShape } = network;
  if (compiled === null) return [];
  const metrics = compiled.metrics.map((spec) => createMetric(spec, outputShape.at(-1)!, compiled.loss).name);
  const names = ["loss", ...metrics];
  return held ? [...names, ...names.map((name) => `val_${name}`)] : names;
}
