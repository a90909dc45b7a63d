import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { type Hdf5File, openHdf5 } from "../../../src/format/hdf5/hdf5-file.ts";
import type { Hdf5Object } from "../../../src/format/hdf5/protocol.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import type { Source } from "../../../src/source/source.ts";
import { spawn } from "../../spawn.ts";

const folder = new URL("../../fixtures/hdf5/", import.meta.url);
const attributes = ["text", "fixed", "names", "variable_names", "none", "number*", "dtype"];

interface ExpectedObject {
  readonly path: string;
  readonly kind: "group" | "dataset";
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly sha256?: string;
  readonly refused?: string;
}

interface Expectation {
  readonly objects: readonly ExpectedObject[];
  /** Only some of the file's objects are listed. */
  readonly partial?: boolean;
  readonly attributes?: Record<string, readonly (string | number)[]>;
}

function source(name: string): Source {
  return fromBytes(new Uint8Array(readFileSync(new URL(name, folder))), name);
}

async function opened(file: Source): Promise<Hdf5File> {
  return openHdf5(file, { budget: createBudget(), spawn, attributes });
}

async function checkDataset(file: Hdf5File, object: Hdf5Object, wanted: ExpectedObject): Promise<void> {
  const tensor = file.tensor(object, object.path);
  if (wanted.refused !== undefined) {
    expect(tensor.unreadable, object.path).toContain(wanted.refused);
    await expect(tensor.readBytes({ budget: createBudget() })).rejects.toMatchObject({ code: "unsupported" });
    return;
  }
  expect(tensor.unreadable, object.path).toBeUndefined();
  expect(tensor.shape, object.path).toEqual(wanted.shape);
  expect(tensor.dtype, object.path).toBe(wanted.dtype);
  const bytes = await tensor.readBytes({ budget: createBudget() });
  expect(createHash("sha256").update(bytes).digest("hex"), object.path).toBe(wanted.sha256);
}

describe.each(readdirSync(folder).filter((name) => name.endsWith(".h5")))("%s", (name) => {
  const expectation: Expectation = JSON.parse(
    readFileSync(new URL(name.replace(/h5$/, "json"), folder), "utf8"),
  );

  test("holds what h5py finds in it, value for value", async () => {
    const file = await opened(source(name));
    for (const wanted of expectation.objects) {
      const object = file.object(wanted.path);
      expect(object, wanted.path).toBeDefined();
      if (wanted.kind === "dataset") await checkDataset(file, object!, wanted);
    }
    if (!expectation.partial) {
      const links = ["external-link", "broken-link"];
      const own = file.objects.filter((object) => object.alias === undefined && !links.includes(object.kind));
      expect(own.map(({ path }) => path).sort()).toEqual(
        ["/", ...expectation.objects.map(({ path }) => path)].sort(),
      );
    }
    for (const [attribute, value] of Object.entries(expectation.attributes ?? {})) {
      expect(file.object("/")?.attributes.get(attribute), attribute).toEqual(value);
    }
    file.close();
  });
});

test("circles of links end and every object is listed once", async () => {
  const file = await opened(source("cycles.h5"));
  const shown = file.objects.map(({ path, alias, kind }) => [path, alias ?? kind]);
  expect(Object.fromEntries(shown)).toEqual({
    "/": "group",
    "/a": "group",
    "/a/b": "group",
    "/a/b/back": "/a",
    "/a/b/kernel": "dataset",
    "/a/b/root": "/",
    "/a/same_kernel": "/a/b/kernel",
    "/a/self": "unreadable",
    "/a/soft": "/a/b",
  });
  file.close();
});

test("links into other files are named and never followed", async () => {
  const file = await opened(source("refused.h5"));
  expect(file.object("/external_link")).toMatchObject({ kind: "external-link" });
  expect(file.object("/external_link")?.reason).toContain("refused_other.h5");
  expect(file.object("/soft_external")?.kind).toBe("broken-link");
  expect(file.object("/broken")?.kind).toBe("broken-link");
  expect(file.object("/soft")).toMatchObject({ kind: "dataset", alias: "/good" });
  file.close();
});

test("groups keep the order in which they were made where the file has it", async () => {
  const file = await opened(source("latest.h5"));
  expect(file.objects.slice(1, 4).map(({ path }) => path)).toEqual([
    "/z_first",
    "/z_first/contiguous",
    "/z_first/single",
  ]);
  file.close();
});

test("a value that nobody wrote is the fill value", async () => {
  const file = await opened(source("compact.h5"));
  const bytes = await file.tensor(file.object("/never_written")!, "x").readBytes({ budget: createBudget() });
  expect([...new Float32Array(bytes.buffer)]).toEqual([1.5, 1.5, 1.5, 1.5, 1.5, 1.5]);
  file.close();
});
