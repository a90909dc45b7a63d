import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { readPng } from "./read-png.ts";

function pathOf(name: string, changed = false): string {
  const file = changed ? name.replace(/(\.[a-z]+)$/, "-changed$1") : name;
  return fileURLToPath(new URL(`golden/${file}`, import.meta.url));
}

/**
 * Compares a picture with test/golden/<name>: PNGs pixel by pixel, SVGs as text. What differs is written beside the
 * golden file with `-changed` in its name; `UPDATE_GOLDEN=1` writes the golden file itself.
 */
export function expectGolden(name: string, picture: Uint8Array | string): void {
  const path = pathOf(name);
  const changed = pathOf(name, true);
  const difference = existsSync(path) ? differenceOf(readFileSync(path), picture) : "there is no golden file";
  if (difference === null) {
    rmSync(changed, { force: true });
    return;
  }
  const update = process.env.UPDATE_GOLDEN === "1";
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(update ? path : changed, picture);
  if (!update)
    expect.fail(`${name}: ${difference}; see ${name.replace(/(\.[a-z]+)$/, "-changed$1")} beside it`);
}

function differenceOf(golden: Uint8Array, picture: Uint8Array | string): string | null {
  if (typeof picture === "string")
    return Buffer.from(golden).toString("utf8") === picture ? null : "the text differs";
  const [before, after] = [readPng(golden), readPng(picture)];
  if (before.width !== after.width || before.height !== after.height) {
    return `${after.width} × ${after.height} pixels instead of ${before.width} × ${before.height}`;
  }
  let different = 0;
  for (let i = 0; i < before.rgb.length; i += 3) {
    if ([0, 1, 2].some((c) => before.rgb[i + c] !== after.rgb[i + c])) different++;
  }
  return different === 0 ? null : `${different} pixels differ`;
}
