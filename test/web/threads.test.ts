import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { layers, movingDigits, sequential } from "../../src/train/index.ts";
import { root } from "../imports.ts";
import { startChromium, VITE } from "./browser.ts";
import { serveFolder } from "./static-server.ts";

/** A page of somebody's own, bundled as theirs would be; `train` is what it offers. */
const PAGE = `<!doctype html><title>threads</title><script type="module" src="./main.js"></script>`;
const MAIN = `import { layers, movingDigits, sequential, webThreads } from ${JSON.stringify(join(root, "dist/train/index.js"))};
globalThis.train = async (threads) => {
  const network = sequential(
    [
      layers.conv3d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 16, 16, 1] }),
      layers.globalAveragePooling3d(),
      layers.dense({ units: 8, activation: "softmax" }),
    ],
    { seed: 5, ...webThreads(threads) },
  );
  network.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  const { inputs, labels } = await movingDigits({ count: 64 });
  const { history } = await network.fit(inputs, labels, { epochs: 2 });
  const engine = await network.engine({ dtype: "uint8", batchSize: 32 });
  const result = { threads: engine.threads, loss: history.loss, weights: network.getWeights().map((each) => [...each]) };
  network.close();
  return result;
};`;

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernelscope-threads-"));
  await writeFile(join(folder, "index.html"), PAGE);
  await writeFile(join(folder, "main.js"), MAIN);
  const config = "export default { base: './', worker: { format: 'es' }, build: { target: 'es2022' } };";
  await writeFile(join(folder, "vite.config.js"), config);
  await promisify(execFile)(process.execPath, [VITE, "build", folder, "--logLevel", "warn"], {
    env: { ...process.env, NODE_ENV: "production" },
  });
  browser = await startChromium();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

async function here() {
  const network = sequential(
    [
      layers.conv3d({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 16, 16, 1] }),
      layers.globalAveragePooling3d(),
      layers.dense({ units: 8, activation: "softmax" }),
    ],
    { seed: 5 },
  );
  network.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  const { inputs, labels } = await movingDigits({ count: 64 });
  const { history } = await network.fit(inputs, labels, { epochs: 2 });
  const weights = network.getWeights().map((each) => [...each]);
  network.close();
  return { loss: history.loss, weights };
}

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

test.each([
  ["cross-origin isolated, on two threads", ISOLATED, 2],
  ["not isolated, on one", {}, 1],
] as const)("a bundled page trains, %s, with the numbers of Node", async (_, headers, threads) => {
  const server = await serveFolder(join(folder, "dist"), "/some/where/", headers);
  const page = await browser.newPage();
  try {
    await page.goto(server.address);
    await page.waitForFunction("globalThis.train");
    const found = await page.evaluate("train(2)");
    expect(found).toEqual({ threads, ...(await here()) });
  } finally {
    await page.close();
    await server.close();
  }
});
