import type { Figures } from "./measure.ts";
import type { TripRow, Trips } from "./round-trips.ts";
import type { Row } from "./rows.ts";
import type { StepFigures } from "./training/measure-steps.ts";
import type { StepRow } from "./training-rows.ts";

const COLUMNS = ["work", "measure", "kernelscope", "fastest peer", "ratio", "reach", ""] as const;

/** The lines that one row adds to the table: whole process, inside and memory, as far as there is a goal or figure. */
export function tableLines(
  row: Row,
  figures: ReadonlyMap<string, Figures>,
  missing: readonly string[],
): string[][] {
  const ours = figures.get(row.ours.label)!;
  const lines: string[][] = [];
  for (const measure of ["wall", "inside"] as const) {
    const mine = ours[measure];
    if (mine === null) continue;
    let best: readonly [string, number] | null = null;
    for (const peer of row.peers) {
      const value = figures.get(peer.label)?.[measure] ?? null;
      if (value !== null && (best === null || value < best[1])) best = [peer.label, value];
    }
    const goal = row.reach[measure];
    const ratio = best === null ? null : mine / best[1];
    if (measure === "wall" && row.reach.seconds !== undefined) {
      lines.push(secondsLine(row.name, mine / 1000, row.reach.seconds));
      continue;
    }
    lines.push([
      row.name,
      measure === "wall" ? "whole process" : "inside",
      `${mine.toFixed(0)} ms`,
      best === null
        ? missing.length === 0
          ? "-"
          : `not installed: ${missing.join(", ")}`
        : `${best[1].toFixed(0)} ms (${best[0]})`,
      ratio === null ? "-" : `${ratio.toFixed(2)} x`,
      goal === undefined ? "-" : `<= ${goal} x`,
      verdict(ratio, goal),
    ]);
  }
  if (ours.rss !== null) {
    const megabytes = ours.rss / 1e6;
    const goal = row.reach.rss;
    lines.push([
      row.name,
      "peak memory",
      `${megabytes.toFixed(0)} MB`,
      peerMemory(row, figures),
      "-",
      goal === undefined ? "-" : `<= ${goal} MB`,
      verdict(megabytes, goal),
    ]);
  }
  return lines;
}

function secondsLine(name: string, seconds: number, goal: number): string[] {
  const shown = `${seconds.toFixed(1)} s`;
  return [name, "whole process", shown, "-", "-", `<= ${goal} s`, verdict(seconds, goal)];
}

/** The line of a training step; `missing` names the packages of the peers that were left out. */
export function stepLine(
  row: StepRow,
  figures: ReadonlyMap<string, StepFigures>,
  missing: readonly string[],
): string[] {
  const mine = figures.get(row.ours.label)!.milliseconds;
  let best: readonly [string, number] | null = null;
  for (const { label } of row.peers) {
    const value = figures.get(label)?.milliseconds;
    if (value !== undefined && (best === null || value < best[1])) best = [label, value];
  }
  const left = missing.length === 0 ? "" : `not installed: ${missing.join(", ")}`;
  const fastest = best === null ? left : `${best[1].toFixed(1)} ms (${best[0]})${left && `; ${left}`}`;
  const ratio = best === null ? null : mine / best[1];
  return [
    row.name,
    "a step",
    `${mine.toFixed(1)} ms`,
    fastest,
    ratio === null ? "-" : `${ratio.toFixed(2)} x`,
    `<= ${row.reach} x`,
    verdict(ratio, row.reach),
  ];
}

/** The line of a listing over HTTP. */
export function tripLine(
  { name, reach }: TripRow,
  { requests, trips, bytes, milliseconds }: Trips,
): string[] {
  const shown = `${trips} (${requests} requests, ${(bytes / 1e3).toFixed(0)} kB, ${milliseconds.toFixed(0)} ms)`;
  return [name, "round trips", shown, "-", "-", `<= ${reach}`, verdict(trips, reach)];
}

function peerMemory(row: Row, figures: ReadonlyMap<string, Figures>): string {
  const known = row.peers.flatMap((peer) => {
    const rss = figures.get(peer.label)?.rss ?? null;
    return rss === null ? [] : [`${(rss / 1e6).toFixed(0)} MB (${peer.label})`];
  });
  return known.join(", ") || "-";
}

function verdict(value: number | null, goal: number | undefined): string {
  if (value === null || goal === undefined) return "";
  return value <= goal ? "reached" : "short";
}

/** A Markdown table. */
export function renderTable(lines: readonly (readonly string[])[]): string {
  const all = [[...COLUMNS], ...lines];
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [
    render(COLUMNS),
    `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
    ...lines.map(render),
  ].join("\n");
}
