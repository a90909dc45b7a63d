import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromUrl, open, ReadError, readKernel } from "../../src/index.ts";
import { spawn } from "../spawn.ts";
import {
  compareError,
  compareKernel,
  compareModel,
  describeModel,
  failure,
  hashOf,
  readAll,
} from "./compare.ts";
import { kindOf, listPairs, type Pair } from "./pairs.ts";
import { type FileServer, serve } from "./server.ts";
import { FAULT_CODES, FAULTS, faulty, inFolder, type RecordedRead, recording } from "./sources.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const pairs = listPairs(fixtures);

/** Formats that start a worker for every open are tried at fewer points, and one file of each kind and writer. */
const startsWorkers = ({ file }: Pair): boolean => /\.(h5|keras|hdf5|mat)$/.test(file);
const isTried = (pair: Pair): boolean =>
  startsWorkers(pair)
    ? pairs.find((other) => kindOf(other) === kindOf(pair)) === pair
    : pair.expected.variantOf === undefined;

/**
 * Runs the contract on every `of`-th pair, from number `first` on: the suite is split over files, which run side by
 * side.
 */
export function holdToContract({ first, of }: { readonly first: number; readonly of: number }): void {
  const part = pairs.filter((_, at) => at % of === first);
  let server: FileServer;
  beforeAll(async () => {
    server = await serve(fixtures);
  });
  afterAll(() => server.close());

  it("finds pairs to test", () => {
    expect(pairs.length).toBeGreaterThan(50);
  });

  describe.each(part.map((pair) => [pair.name, pair] as const))("%s", (_, pair) => {
    const { expected } = pair;
    const sourceOf = (bytes = pair.bytes) => inFolder(bytes, pair.file, pair.folder);
    const opened = () => open(sourceOf(), { ...expected.options, spawn });

    if (expected.error !== undefined) {
      const { error } = expected;
      it("is refused", async () => compareError(await failure(opened()), error));
      return;
    }

    it("lists what the framework says", async () => {
      const model = await opened();
      try {
        compareModel(model, expected);
      } finally {
        await model.close();
      }
    });

    it("reads the framework's values", async () => {
      const model = await opened();
      try {
        for (const [i, layer] of model.layers.entries()) {
          const wanted = expected.layers![i]!;
          if (wanted.error !== undefined) compareError(await failure(readKernel(layer)), wanted.error);
          else {
            const kernel = await readKernel(layer);
            compareKernel(kernel, wanted);
            expect(hashOf(await readKernel(layer))).toBe(hashOf(kernel));
          }
        }
      } finally {
        await model.close();
      }
    });

    it("reads the same from a server, in parts", async () => {
      const here = await opened();
      const format = pair.name.slice(0, pair.name.indexOf("/"));
      const path = `${format}/${pair.file}`.split("/").map(encodeURIComponent).join("/");
      const there = await open(await fromUrl(`${server.address}/${path}`), { ...expected.options, spawn });
      try {
        expect(describeModel(there)).toEqual(describeModel(here));
        for (const layer of startsWorkers(pair) ? here.layers.slice(0, 1) : here.layers) {
          const wanted = await readKernel(layer).then(hashOf, (error: ReadError) => error.code);
          const found = await readKernel(there.layers[layer.index]!).then(
            hashOf,
            (error: ReadError) => error.code,
          );
          expect(found).toBe(wanted);
        }
      } finally {
        await Promise.all([here.close(), there.close()]);
      }
    });

    it("lists without reading values, and reads one kernel alone", async () => {
      const reads: RecordedRead[] = [];
      const model = await open(recording(sourceOf(), reads), { ...expected.options, spawn });
      const listed = describeModel(model);
      try {
        for (const layer of startsWorkers(pair) ? model.layers.slice(-1) : model.layers) {
          if (layer.kernel.unreadable !== undefined) continue;
          reads.length = 0;
          const kernel = await readKernel(layer).catch(() => null);
          if (kernel === null) continue;
          const read = reads.reduce((sum, { length }) => sum + length, 0);
          const stored = await layer.kernel.readBytes({ budget: noBudget });
          expect(read).toBeLessThanOrEqual(stored.length + 64 * 1024);
          const at = onlyPlace(pair.bytes, stored);
          if (at === null || expected.lazy === false) continue;
          const damaged = pair.bytes.slice();
          for (let i = at; i < at + stored.length; i++) damaged[i] = damaged[i]! ^ 0xff;
          const other = await open(sourceOf(damaged), { ...expected.options, spawn });
          expect(describeModel(other)).toEqual(listed);
          const now = await readKernel(other.layers[layer.index]!).then(
            hashOf,
            (error: ReadError) => error.code,
          );
          expect(now).not.toBe(hashOf(kernel));
          await other.close();
        }
      } finally {
        await model.close();
      }
    });

    if (!isTried(pair)) return;

    it("reports every fault of its source", async () => {
      const reads: RecordedRead[] = [];
      const good = await readAll(recording(sourceOf(), reads), expected);
      for (const fault of startsWorkers(pair)
        ? FAULTS.filter((name) => name !== "empty" && name !== "long")
        : FAULTS) {
        for (const at of spread(reads.length, startsWorkers(pair) ? 2 : 12)) {
          const bad = faulty(sourceOf(), fault, at);
          const result = await readAll(bad.source, expected, bad.signal).catch((error: unknown) => error);
          if (!(result instanceof Error) && !(fault === "short" && reads[at]!.length === 0)) {
            expect(bad.happened(), `${fault} at read ${at} went unnoticed`).toBe(false);
            expect(result).toEqual(good);
          } else if (result instanceof Error) {
            expect(result, `${fault} at read ${at}: ${result.stack}`).toBeInstanceOf(ReadError);
            expect(FAULT_CODES[fault], `${fault} at read ${at}: ${result.message}`).toContain(
              (result as ReadError).code,
            );
          }
        }
      }
    });

    it("fails cleanly wherever the file is cut", async () => {
      const { length } = pair.bytes;
      for (const cut of cuts(length, startsWorkers(pair))) {
        const result = await readAll(sourceOf(pair.bytes.slice(0, cut)), {
          ...(expected.options === undefined ? {} : { options: expected.options }),
        }).catch((error: unknown) => error);
        if (result instanceof Error)
          expect(result, `cut at ${cut} of ${length}: ${result.stack}`).toBeInstanceOf(ReadError);
      }
    });
  });
}

const noBudget = {
  limits: { bytes: Infinity, objects: Infinity, depth: Infinity, milliseconds: Infinity },
  take: () => () => {},
  count: () => {},
  enter: () => {},
  check: () => {},
};

/** Where `part` stands in `whole`, when it stands there once. */
function onlyPlace(whole: Uint8Array, part: Uint8Array): number | null {
  const bytes = Buffer.from(whole.buffer, whole.byteOffset, whole.length);
  const wanted = Buffer.from(part.buffer, part.byteOffset, part.length);
  if (wanted.length < 16) return null;
  const at = bytes.indexOf(wanted);
  return at >= 0 && bytes.indexOf(wanted, at + 1) < 0 ? at : null;
}

/** At most `most` of the numbers below `count`, the first and the last among them. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return [...new Set(Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1))))];
}

/** Lengths to cut at: all the short ones, then some, and just before the end. */
function cuts(length: number, few: boolean): number[] {
  if (few) return [0, 7, 600, Math.floor(length / 2), length - 1].filter((cut) => cut < length);
  const all = [
    ...Array.from({ length: Math.min(length, 4096) }, (_, i) => i),
    ...spread(length, 200),
    length - 1,
  ];
  return [...new Set(all)].filter((cut) => cut >= 0 && cut < length);
}
