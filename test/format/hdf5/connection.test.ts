import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { ReadError } from "../../../src/errors.ts";
import { openHdf5 } from "../../../src/format/hdf5/hdf5-file.ts";
import type { Spawn, WorkerPort } from "../../../src/index.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import type { Source } from "../../../src/source/source.ts";
import { spawn } from "../../spawn.ts";

/** Read through libhdf5: the worker is needed for its chunks. */
const bytes = new Uint8Array(readFileSync(new URL("../../fixtures/hdf5/chunked.h5", import.meta.url)));
const latest = new Uint8Array(readFileSync(new URL("../../fixtures/hdf5/latest.h5", import.meta.url)));

/** A worker that takes every message and never says a word; counts how often it was stopped. */
function silent(): { readonly spawn: Spawn; stopped(): number } {
  let stopped = 0;
  const port: WorkerPort = { post() {}, onMessage() {}, onFailure() {}, terminate: () => void stopped++ };
  return { spawn: () => port, stopped: () => stopped };
}

/** `spawn` that counts the workers it starts and keeps the last one. */
function counting(): { readonly spawn: Spawn; started(): number } {
  let started = 0;
  return {
    spawn: (url) => {
      started++;
      return spawn(url);
    },
    started: () => started,
  };
}

const options = { attributes: ["name"] };

test("a worker that stays silent is stopped after the limit", async () => {
  const worker = silent();
  const limits = { step: 60, start: 60 };
  const opening = openHdf5(fromBytes(latest), {
    ...options,
    budget: createBudget(),
    spawn: worker.spawn,
    limits,
  });
  await expect(opening).rejects.toMatchObject({ code: "deadline", file: "bytes" });
  expect(worker.stopped()).toBe(1);
});

test("an abort ends the wait at once and stops the worker", async () => {
  const worker = silent();
  const controller = new AbortController();
  const { signal } = controller;
  const opening = openHdf5(fromBytes(latest), {
    ...options,
    budget: createBudget(),
    spawn: worker.spawn,
    signal,
  });
  setTimeout(() => controller.abort(new Error("enough")), 20);
  const start = performance.now();
  await expect(opening).rejects.toMatchObject({ code: "aborted" });
  expect(performance.now() - start).toBeLessThan(200);
  expect(worker.stopped()).toBe(1);
});

test("an abort before the start starts no worker", async () => {
  const worker = counting();
  const opening = openHdf5(fromBytes(latest), {
    ...options,
    budget: createBudget(),
    spawn: worker.spawn,
    signal: AbortSignal.abort(),
  });
  await expect(opening).rejects.toMatchObject({ code: "aborted" });
  expect(worker.started()).toBe(0);
});

test("a worker that cannot be started is one ReadError", async () => {
  const missing: Spawn = () => spawn(new URL("file:///nowhere/worker.js"));
  const opening = openHdf5(fromBytes(latest), { ...options, budget: createBudget(), spawn: missing });
  await expect(opening).rejects.toMatchObject({ name: "ReadError", code: "unsupported" });
});

test("an error of the source comes out unchanged", async () => {
  const source: Source = {
    ...fromBytes(latest),
    read: async (offset, length, signal) => {
      if (offset > 0) throw new ReadError("source-short", "It gave less.", { offset });
      return fromBytes(latest).read(offset, length, signal);
    },
  };
  const opening = openHdf5(source, { ...options, budget: createBudget(), spawn });
  await expect(opening).rejects.toMatchObject({ code: "source-short", message: "It gave less." });
});

test("after a failed read a fresh worker reads the next dataset right", async () => {
  const budget = createBudget();
  const good = await openHdf5(fromBytes(bytes), { ...options, budget, spawn });
  const values = await good.tensor(good.object("/fletcher")!, "f").readBytes({ budget });
  const wanted = await good.tensor(good.object("/all")!, "all").readBytes({ budget });
  good.close();
  // One bit of the chunk is flipped: its checksum (fletcher32) no longer fits.
  const damaged = bytes.slice();
  damaged[Buffer.from(bytes).indexOf(values) + 100]! ^= 0x40;
  const workers = counting();
  const file = await openHdf5(fromBytes(damaged), { ...options, budget, spawn: workers.spawn });
  const started = workers.started();
  await expect(file.tensor(file.object("/fletcher")!, "f").readBytes({ budget })).rejects.toMatchObject({
    code: "malformed",
  });
  const found = await file.tensor(file.object("/all")!, "all").readBytes({ budget });
  expect(found).toEqual(wanted);
  expect(workers.started()).toBe(started + 2);
  file.close();
});

test("reads of one file wait for each other, and an aborted one does not disturb the others", async () => {
  const budget = createBudget();
  const file = await openHdf5(fromBytes(bytes), { ...options, budget, spawn });
  const controller = new AbortController();
  const read = (path: string, signal?: AbortSignal) =>
    file.tensor(file.object(path)!, path).readBytes({ budget, signal });
  const [first, second, third] = [read("/gzip"), read("/shuffle", controller.signal), read("/plain")];
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: "aborted" });
  expect(await third).toEqual(await first);
  file.close();
});
