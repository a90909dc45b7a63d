import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { connectHdf5, WORKER_LIMITS } from "../../../src/format/hdf5/connection.ts";
import { listObjects } from "../../../src/format/hdf5/list-objects.ts";
import type { Hdf5Object } from "../../../src/format/hdf5/protocol.ts";
import { findSignature } from "../../../src/format/hdf5/signature.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import { spawn } from "../../spawn.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);
const files = ["hdf5", "keras"].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, fixtures))
    .filter((name) => name.endsWith(".h5"))
    .map((name) => `${folder}/${name}`),
);
const attributes = ["*"];

function bytesOf(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(file, fixtures)));
}

async function byHand(bytes: Uint8Array<ArrayBuffer>): Promise<readonly Hdf5Object[] | null> {
  return listObjects(fromBytes(bytes), { budget: createBudget(), attributes, maxObjects: 20_000 });
}

async function byLibrary(bytes: Uint8Array<ArrayBuffer>): Promise<readonly Hdf5Object[]> {
  const connection = connectHdf5(fromBytes(bytes), spawn, WORKER_LIMITS);
  const objects: Hdf5Object[] = [];
  const job = { kind: "walk", attributes, maxObjects: 20_000, maxDepth: 64 } as const;
  await connection.run(job, { budget: createBudget() }, (result) => {
    if (result.kind === "objects") objects.push(...result.objects);
  });
  connection.stop();
  return objects;
}

/** What must be equal: for types that are no numbers, libhdf5 tells sizes in memory, the file sizes on disk. */
function comparable(objects: readonly Hdf5Object[]): unknown[] {
  return objects.map(({ attributes: values, dataset, ...object }) => {
    const isNumber = dataset !== undefined && ["int", "float", "enum", "opaque"].includes(dataset.type.class);
    const storage =
      dataset?.storage.kind === "contiguous" ? { ...dataset.storage, bytes: 0 } : dataset?.storage;
    return {
      ...object,
      attributes: [...values].sort(([a], [b]) => (a < b ? -1 : 1)),
      type: isNumber ? dataset.type : dataset?.type.class,
      shape: dataset?.shape,
      storage,
      filters: dataset?.filters.map(({ id, name }) => ({ id, name })),
    };
  });
}

test.each(files)("%s: the directory read by hand is the one that libhdf5 reads", async (file) => {
  const bytes = bytesOf(file);
  const found = await byHand(bytes);
  if (found !== null) expect(comparable(found)).toEqual(comparable(await byLibrary(bytes)));
});

test("Keras's own files need no library", async () => {
  const needing = await Promise.all(
    files.map(async (file) => ((await byHand(bytesOf(file))) === null ? [file] : [])),
  );
  const special = [
    "cycles",
    "floats",
    "keras-latest-compressed",
    "keras-latest",
    "latest",
    "refused",
    "stretched",
  ];
  expect(needing.flat()).toEqual(special.map((name) => `hdf5/${name}.h5`));
});

test("damaged directories are left to libhdf5 or refused, never read past their end", async () => {
  const good = bytesOf("keras/keras212-wrappers.h5");
  expect(findSignature(good)).toBe(0);
  const wanted = await byHand(good);
  let given = 0;
  for (let at = 0; at < 6000; at += 7) {
    const damaged = good.slice();
    damaged[at] = damaged[at]! ^ (1 << (at % 8));
    const found = await byHand(damaged);
    if (found === null) given++;
    else expect(found.length).toBeLessThanOrEqual(wanted!.length + 50);
  }
  expect(given).toBeGreaterThan(50);
});
