import { formatExponential, formatFixed } from "./python-format.ts";

/** Whose progress bar: Keras 2.2.5 and 2.3 (`2.2`), tf.keras 2.4 to 2.15 (`2`), Keras 3 (`3`). */
export type KerasEra = "2.2" | "2" | "3";

/** How a bar looks and what it knows. */
export interface ProgressBarOptions {
  readonly era: KerasEra;
  /** Units in an epoch: samples for `2.2`, steps for the others. */
  readonly target: number;
  /** 0: nothing, 1: a bar that is redrawn, 2: one line at the end. Default 1. */
  readonly verbose?: 0 | 1 | 2 | undefined;
  /** Whether the text goes to a terminal; otherwise updates of era `2.2` go to new lines. Default true. */
  readonly terminal?: boolean | undefined;
  /** Whether colour escapes may be written (era `3` uses them). Default true. */
  readonly color?: boolean | undefined;
  /** Metrics that are shown as they are instead of being averaged over the epoch; `all` where they are means already. */
  readonly stateful?: readonly string[] | "all" | undefined;
  /** Seconds on a clock. Default: performance.now() / 1000. */
  readonly now?: (() => number) | undefined;
}

/** Named numbers in the order in which they are to be shown. */
export type ProgressValues = readonly (readonly [name: string, value: number])[];

/** A progress bar of one epoch; `update` returns the text to write, empty when it is too early to redraw. */
export interface ProgressBar {
  update(current: number, values: ProgressValues, finalize?: boolean): string;
}

/** Seconds between two redraws. */
const INTERVAL = 0.05;

/**
 * Keras's own progress bar, character for character: layout, rounding and redrawing of
 * `keras.utils.Progbar` in the named era.
 */
export function createProgressBar(options: ProgressBarOptions): ProgressBar {
  const { era, target, verbose = 1, terminal = true, color = true } = options;
  const now = options.now ?? (() => performance.now() / 1000);
  const { stateful = [] } = options;
  const isStateful = (name: string): boolean => stateful === "all" || stateful.includes(name);
  const sums = new Map<string, { sum: number; count: number }>();
  const start = now();
  let seen = 0;
  let lastUpdate = Number.NEGATIVE_INFINITY;
  let previousWidth = 0;
  let afterFirstStep: number | null = null;
  let perUnit = 0;

  const gather = (current: number, values: ProgressValues, finalize: boolean): void => {
    for (const [name, value] of values) {
      const weight = era === "2.2" ? current - seen : Math.max(current - seen, 1);
      const known = sums.get(name);
      if (isStateful(name) || (era === "3" && finalize)) sums.set(name, { sum: value, count: 1 });
      else if (known === undefined) sums.set(name, { sum: value * weight, count: weight });
      else {
        known.sum += value * weight;
        known.count += weight;
      }
    }
    seen = current;
  };

  /** Seconds per unit; from tf.keras 2.x on without the first step, which compiles. */
  const unitTime = (current: number, time: number): number => {
    if (current === 0) return 0;
    if (era === "2.2") return (time - start) / current;
    const estimate =
      afterFirstStep !== null && current > 1
        ? (time - afterFirstStep) / (current - 1)
        : (time - start) / current;
    if (current === 1) afterFirstStep = time;
    return estimate;
  };

  const metrics = (absolute: boolean): string => {
    let text = "";
    for (const [name, { sum, count }] of sums) {
      const mean = sum / Math.max(1, count);
      const large = (absolute ? Math.abs(mean) : mean) > 1e-3;
      text += ` - ${name}: ${large ? formatFixed(mean, 4) : formatExponential(mean, 4)}`;
    }
    return text;
  };

  const line = (current: number, time: number): string => {
    const elapsed = `${formatFixed(time - start, 0)}s`;
    if (era === "2.2") return ` - ${elapsed}${metrics(false)}\n`;
    const count = `${padded(current, target)}/${target}`;
    if (era === "3") return `${count} - ${elapsed} - ${formatUnit(perUnit, era)}${metrics(false)}\n`;
    const perEpoch = formatUnit((time - start) / target, era);
    return `${count} - ${elapsed}${metrics(false)} - ${formatUnit(time - start, era, "epoch")} - ${perEpoch}\n`;
  };

  const bar = (current: number, time: number, finalize: boolean): string => {
    const drawn = drawBar(era, current, target, color);
    const running = era === "2.2" ? current < target : !finalize;
    const clock = running ? formatEta(perUnit * (target - current)) : `${formatFixed(time - start, 0)}s`;
    let info = "";
    if (era === "3") info = ` ${bold(clock, color)} ${formatUnit(perUnit, era)}`;
    else if (running) info = ` - ETA: ${clock}`;
    else info = ` - ${clock} ${formatUnit(perUnit, era)}`;
    info += metrics(true);
    const width = visibleWidth(drawn + info);
    const rewind = terminal || era !== "2.2" ? `${"\b".repeat(previousWidth)}\r` : "\n";
    const fill = " ".repeat(Math.max(0, previousWidth - width));
    previousWidth = width;
    return `${rewind}${drawn}${info}${fill}${finalize ? "\n" : ""}`;
  };

  return {
    update(current, values, finalize = current >= target) {
      gather(current, values, finalize);
      const time = now();
      // Keras 3 times every update, the others only those that they draw.
      if (era === "3") perUnit = unitTime(current, time);
      let text = "";
      if (verbose === 1) {
        if (time - lastUpdate < INTERVAL && !finalize) return "";
        if (era !== "3") perUnit = unitTime(current, time);
        text = bar(current, time, finalize);
      } else if (verbose === 2 && finalize) text = line(current, time);
      lastUpdate = time;
      return text;
    },
  };
}

function drawBar(era: KerasEra, current: number, target: number, color: boolean): string {
  const count = `${padded(current, target)}/${target}`;
  const share = current / target;
  if (era === "3") {
    const full = Math.floor(20 * share);
    const done = full > 0 ? paint("━".repeat(full), 32, color) : "";
    return `${bold(count, color)} ${done}${paint("━".repeat(20 - full), 37, color)}`;
  }
  const full = Math.floor(30 * share);
  const head = full > 0 ? `${"=".repeat(full - 1)}${current < target ? ">" : "="}` : "";
  return `${count} [${head}${".".repeat(30 - full)}]`;
}

function padded(current: number, target: number): string {
  return String(current).padStart(String(target).length);
}

function formatEta(seconds: number): string {
  const whole = Math.trunc(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (seconds > 3600)
    return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  if (seconds > 60) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${whole}s`;
}

function formatUnit(seconds: number, era: KerasEra, unit = "step"): string {
  if (seconds >= 1 || (seconds === 0 && era !== "2.2")) return `${formatFixed(seconds, 0)}s/${unit}`;
  if (seconds >= 1e-3) return `${formatFixed(seconds * 1e3, 0)}ms/${unit}`;
  return `${formatFixed(seconds * 1e6, 0)}us/${unit}`;
}

function bold(text: string, color: boolean): string {
  return color ? `\x1b[1m${text}\x1b[0m` : text;
}

function paint(text: string, code: number, color: boolean): string {
  return color ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** Characters without escapes. */
function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour escapes begin with ESC
  return text.replace(/\x1b\[\d+m/g, "").length;
}
