import * as h5wasm from "h5wasm";
import { ready } from "h5wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { openHdf5 } from "../../../src/format/hdf5/hdf5-file.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import type { Source } from "../../../src/source/source.ts";
import { spawn } from "../../spawn.ts";

/** Groups of the file, each with a dataset of VALUES float32 values. */
const GROUPS = 120;
const VALUES = 5_000;
/** A dataset larger than one box (8 MB), in compressed chunks that do not divide its shape. */
const SHAPE = [700, 3333];
const CHUNKS = [64, 500];

let bytes: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const { FS } = await ready;
  const file = new h5wasm.File("/large.h5", "w", { libver: "latest", track_order: true });
  for (let group = 0; group < GROUPS; group++) {
    const made = file.create_group(`group_${GROUPS - group}`);
    made.create_dataset({
      name: "values",
      data: Float32Array.from({ length: VALUES }, (_, index) => group * VALUES + index),
    });
    made.create_attribute("name", `layer ${group}`);
  }
  const data = Int32Array.from({ length: SHAPE[0]! * SHAPE[1]! }, (_, index) => index);
  file.create_dataset({ name: "chunked", data, shape: SHAPE, chunks: CHUNKS, compression: 4 });
  file.close();
  bytes = new Uint8Array(FS!.readFile("/large.h5"));
});

/** The file as a source that counts what is read. */
function counted(): { readonly source: Source; read(): number } {
  const inner = fromBytes(bytes, "large.h5");
  let total = 0;
  const source: Source = {
    ...inner,
    async read(offset, length, signal) {
      total += length;
      return inner.read(offset, length, signal);
    },
  };
  return { source, read: () => total };
}

describe("a file in HDF5's newest layout, larger than what is fetched at once", () => {
  test("is listed by its metadata alone, every object and attribute, in the order of making", async () => {
    const { source, read } = counted();
    const file = await openHdf5(source, { budget: createBudget(), spawn, attributes: ["name"] });
    const groups = file.objects.filter(({ kind, path }) => kind === "group" && path !== "/");
    expect(groups.map(({ path }) => path)).toEqual(
      Array.from({ length: GROUPS }, (_, group) => `/group_${GROUPS - group}`),
    );
    expect(groups.map(({ attributes }) => attributes.get("name"))).toEqual(
      Array.from({ length: GROUPS }, (_, group) => [`layer ${group}`]),
    );
    expect(read()).toBeLessThan(GROUPS * 16_384 + 600_000);
    expect(read()).toBeLessThan(bytes.length);
    file.close();
  });

  test("gives each dataset's own values, read in place", async () => {
    const { source, read } = counted();
    const budget = createBudget();
    const file = await openHdf5(source, { budget, spawn, attributes: [] });
    for (let group = 0; group < GROUPS; group += 17) {
      const before = read();
      const found = await file
        .tensor(file.object(`/group_${GROUPS - group}/values`)!, "v")
        .readBytes({ budget });
      expect(read() - before).toBe(VALUES * 4);
      expect(new Float32Array(found.buffer, found.byteOffset, VALUES)).toEqual(
        Float32Array.from({ length: VALUES }, (_, index) => group * VALUES + index),
      );
    }
    file.close();
  });

  test("gives compressed values box by box, each chunk fetched about once, with progress", async () => {
    const { source, read } = counted();
    const budget = createBudget();
    const file = await openHdf5(source, { budget, spawn, attributes: [] });
    const steps: number[] = [];
    const before = read();
    const found = await file
      .tensor(file.object("/chunked")!, "c")
      .readBytes({ budget, onProgress: (done) => steps.push(done) });
    const values = new Int32Array(found.buffer, found.byteOffset, SHAPE[0]! * SHAPE[1]!);
    expect(values.every((value, index) => value === index)).toBe(true);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.at(-1)).toBe(values.length * 4);
    expect(read() - before).toBeLessThan(2 * bytes.length);
    file.close();
  });
});
