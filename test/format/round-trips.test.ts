import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromUrl, open } from "../../src/index.ts";
import { writeZip } from "../codec/zip-writer.ts";
import { root } from "../imports.ts";
import { npyOf, safetensorsOf } from "../node/cli/run.ts";
import { spawn } from "../spawn.ts";

interface Counts {
  readonly requests: number;
  readonly trips: number;
  /** Files that were asked for, by their paths. */
  readonly asked: readonly string[];
}

/**
 * Lists a file from a server that answers all that it was asked at once, and then the next; counts both. Of several
 * files the first is opened, the others lie beside it.
 */
async function listed(content: Uint8Array | ReadonlyMap<string, Uint8Array>): Promise<Counts> {
  const files = content instanceof Uint8Array ? new Map([["model", content]]) : content;
  const asked: string[] = [];
  let trips = 0;
  let waiting: (() => void)[] = [];
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const path = new URL(String(input)).pathname.slice(1);
    asked.push(path);
    if (waiting.length === 0) {
      trips++;
      setTimeout(() => {
        for (const answer of waiting.splice(0)) answer();
      }, 5);
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
    const bytes = files.get(path);
    if (bytes === undefined) return new Response(null, { status: 404 });
    const [first, last] = /(\d+)-(\d+)/.exec(new Headers(init.headers).get("range")!)!.slice(1).map(Number);
    const end = Math.min(last! + 1, bytes.length);
    return new Response(new Uint8Array(bytes.subarray(first!, end)), {
      status: 206,
      headers: { "content-range": `bytes ${first}-${end - 1}/${bytes.length}`, etag: '"1"' },
    });
  };
  waiting = [];
  const address = `https://example.org/${[...files.keys()][0]}`;
  const model = await open(await fromUrl(address, { fetch }), { spawn });
  expect(model.tensors.length).toBeGreaterThan(0);
  await model.close();
  return { requests: asked.length, trips, asked };
}

/** Files of a fixture, the first to be opened first. */
function fixture(folder: string, ...names: readonly string[]): ReadonlyMap<string, Uint8Array> {
  return new Map(
    names.map((name) => [name, new Uint8Array(readFileSync(join(root, "test/fixtures", folder, name)))]),
  );
}

describe("listing far away takes few round trips", () => {
  it("of safetensors: one", async () => {
    const file = safetensorsOf({ "a.weight": [64, 64, 3, 3], "b.weight": [64, 64, 3, 3] });
    expect(await listed(file)).toMatchObject({ requests: 1, trips: 1 });
  });

  it("of an npz of many arrays: four", async () => {
    const array = new Uint8Array(npyOf([96, 64, 3, 3]));
    const names = Array.from({ length: 40 }, (_, i) => `a${i}.npy`);
    const file = writeZip(names.map((name) => ({ name, data: array })));
    expect((await listed(file)).trips).toBeLessThanOrEqual(4);
  });

  it("of HDF5 whose groups lie apart: a few a level", async () => {
    const file = readFileSync(join(root, "test/fixtures/keras/keras3-branches.keras"));
    expect((await listed(file)).trips).toBeLessThanOrEqual(3);
  });

  it("of a SavedModel: its graph, then its index and its shard at the same time, then what that says", async () => {
    const variables = ["variables.index", "variables.data-00000-of-00001"].map((name) => `variables/${name}`);
    const { trips } = await listed(fixture("tensorflow/keras3-2d", "saved_model.pb", ...variables));
    expect(trips).toBeLessThanOrEqual(4);
  });

  it("of TensorFlow.js: none to the shards", async () => {
    const { asked, trips } = await listed(fixture("tfjs/layers-shards", "model.json"));
    expect(trips).toBeLessThanOrEqual(2);
    expect(new Set(asked)).toEqual(new Set(["model.json"]));
  });

  it("of a sharded set: the shards at the same time", async () => {
    const shards = ["sharded-00001-of-00002.safetensors", "sharded-00002-of-00002.safetensors"];
    const { trips } = await listed(fixture("safetensors", "sharded.safetensors.index.json", ...shards));
    expect(trips).toBeLessThanOrEqual(3);
  });
});
