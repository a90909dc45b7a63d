import { readFileSync } from "node:fs";

/**
 * Says the most memory that this process has held (`rss BYTES`). Linux's own mark is taken where there is one: what
 * `getrusage` says also counts the process that started this one.
 */
export function sayPeak(stream: { write(text: string): unknown } = process.stdout): void {
  let kB: number;
  try {
    kB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    kB = process.resourceUsage().maxRSS;
  }
  stream.write(`rss ${kB * 1024}\n`);
}
