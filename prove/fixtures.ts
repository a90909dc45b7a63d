import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isReadError, readKernel } from "kernelscope";
import { fromFile } from "kernelscope/node";
import { withModel } from "./observe.ts";
import type { Tally } from "./proof.ts";

/** Model files that real frameworks wrote, each with what the framework said about it. */
const FOLDER = fileURLToPath(new URL("../../test/fixtures", import.meta.url));

/** The part of an expectation (test/contract/README.md) that this proof needs. */
interface Expectation {
  readonly file?: string;
  readonly error?: unknown;
  readonly options?: { readonly axisOrder?: string };
  readonly layers?: readonly {
    readonly name?: string;
    readonly sha256?: string;
    readonly error?: { readonly code?: string };
  }[];
}

/** One case per layer that a framework wrote: the SHA-256 of its values in canonical axes. At most `files` files. */
export async function checkFixtures(tally: Tally, files: number): Promise<void> {
  const pairs = listPairs();
  tally.check(pairs.length > 0, () => `no expectations were found in ${FOLDER}`);
  const step = Math.max(1, Math.floor(pairs.length / files));
  const chosen = pairs.filter((_, at) => at % step === 0);
  for (const { path, expectation } of chosen) {
    try {
      const options = expectation.options ?? {};
      await withModel(
        await fromFile(path),
        (model) => checkLayers(model.layers, expectation, tally, path),
        options,
      );
    } catch (error) {
      tally.check(false, () => `${path}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  tally.note(`${chosen.length} of ${pairs.length} fixtures by real frameworks`);
}

function listPairs(): readonly { readonly path: string; readonly expectation: Expectation }[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => listFolder(join(FOLDER, name)));
}

function listFolder(folder: string): { path: string; expectation: Expectation }[] {
  const names = readdirSync(folder).sort();
  return names
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const expectation = JSON.parse(readFileSync(join(folder, name), "utf8")) as Expectation;
      const stem = name.slice(0, -".json".length);
      const file = expectation.file ?? names.find((other) => other !== name && other.startsWith(`${stem}.`));
      const whole = expectation.layers?.some(({ sha256 }) => sha256 !== undefined) ?? false;
      if (file === undefined || !whole || expectation.error !== undefined) return [];
      const path = join(folder, file);
      return existsSync(path) ? [{ path, expectation }] : [];
    });
}

async function checkLayers(
  layers: readonly Parameters<typeof readKernel>[0][],
  expectation: Expectation,
  tally: Tally,
  path: string,
): Promise<void> {
  const expected = expectation.layers ?? [];
  tally.check(
    layers.length === expected.length,
    () => `${path}: ${layers.length} layers, not ${expected.length}`,
  );
  for (const [at, { sha256, name, error }] of expected.entries()) {
    const layer = layers[at];
    if (layer === undefined || (sha256 === undefined && error === undefined)) continue;
    try {
      const { weights } = await readKernel(layer);
      // Expectations know one NaN: which one a framework's conversion gives is no fact of the file.
      const values = weights.slice();
      for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = Number.NaN;
      const found = createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex");
      tally.check(found === sha256, () => `${path}: ${name} differs from the framework's values`);
    } catch (thrown) {
      const right = error !== undefined && isReadError(thrown) && thrown.code === error.code;
      tally.check(right, () => `${path}: ${name}: ${thrown instanceof Error ? thrown.stack : thrown}`);
    }
  }
}
