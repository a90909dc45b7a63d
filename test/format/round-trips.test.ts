import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromUrl, open } from "../../src/index.ts";
import { writeZip } from "../codec/zip-writer.ts";
import { root } from "../imports.ts";
import { npyOf, safetensorsOf } from "../node/cli/run.ts";
import { spawn } from "../spawn.ts";

/** Lists a file from a server that answers all that it was asked at once, and then the next; counts both. */
async function listed(content: Uint8Array): Promise<{ readonly requests: number; readonly trips: number }> {
  let requests = 0;
  let trips = 0;
  let waiting: (() => void)[] = [];
  const fetch: typeof globalThis.fetch = async (_, init = {}) => {
    requests++;
    if (waiting.length === 0) {
      trips++;
      setTimeout(() => {
        for (const answer of waiting.splice(0)) answer();
      }, 5);
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
    const [first, last] = /(\d+)-(\d+)/.exec(new Headers(init.headers).get("range")!)!.slice(1).map(Number);
    const end = Math.min(last! + 1, content.length);
    return new Response(new Uint8Array(content.subarray(first!, end)), {
      status: 206,
      headers: { "content-range": `bytes ${first}-${end - 1}/${content.length}`, etag: '"1"' },
    });
  };
  waiting = [];
  const model = await open(await fromUrl("https://example.org/model", { fetch }), { spawn });
  expect(model.tensors.length).toBeGreaterThan(0);
  await model.close();
  return { requests, trips };
}

describe("listing far away takes few round trips", () => {
  it("of safetensors: one", async () => {
    const file = safetensorsOf({ "a.weight": [64, 64, 3, 3], "b.weight": [64, 64, 3, 3] });
    expect(await listed(file)).toEqual({ requests: 1, trips: 1 });
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
});
