import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { frontDoorSize } from "../scripts/front-door-size.mjs";
import { root } from "./imports.ts";

/** Most bytes that a page pays before it opens a file: minified and gzipped, HDF5 not among them. */
const LARGEST = 25_000;

it("has a front door of the size that README.md states, and no larger than promised", async () => {
  const size = await frontDoorSize();
  expect(size).toBeLessThanOrEqual(LARGEST);
  const stated = /\(([\d.]+) kB minified and gzipped/.exec(
    readFileSync(join(root, "README.md"), "utf8"),
  )?.[1];
  expect(Number(stated)).toBeCloseTo(size / 1000, 0);
});
