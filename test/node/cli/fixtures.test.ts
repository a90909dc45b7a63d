import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ExpectedLayer } from "../../contract/expectation.ts";
import { kindOf, listPairs, type Pair } from "../../contract/pairs.ts";
import { root } from "../../imports.ts";
import { kernelscope, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Keys of an expectation that `list --json` states too. */
const LISTED = [
  "name",
  "kind",
  "rank",
  "shape",
  "groups",
  "strides",
  "padding",
  "dilation",
  "dtype",
  "tensor",
  "axisOrder",
  "evidence",
  "parameters",
  "slices",
];

const EXIT_CODES: Readonly<Record<string, number>> = { "bad-option": 2, "no-such-layer": 4 };

function listed(layer: ExpectedLayer): Record<string, unknown> {
  return Object.fromEntries(Object.entries(layer).filter(([key]) => LISTED.includes(key)));
}

/** SHA-256 of an .npy's values, every NaN as the one that the expectations count. */
function hashOfNpy(path: string): string {
  const bytes = Uint8Array.from(readFileSync(path));
  const start = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  const wide = new TextDecoder().decode(bytes.subarray(10, start)).includes("<f8");
  const data = bytes.slice(start);
  const values = wide ? new Float64Array(data.buffer) : new Float32Array(data.buffer);
  const view = new DataView(data.buffer);
  values.forEach((value, index) => {
    if (!Number.isNaN(value)) return;
    if (wide) view.setBigUint64(index * 8, 0x7ff8000000000000n, true);
    else view.setUint32(index * 4, 0x7fc00000, true);
  });
  return createHash("sha256").update(data).digest("hex");
}

async function compare({ folder: cwd, file, expected, name }: Pair): Promise<void> {
  const order = expected.options?.axisOrder === undefined ? [] : ["--axis-order", expected.options.axisOrder];
  const list = await kernelscope(["list", file, "--json", ...order], { cwd });
  if (expected.error !== undefined) {
    expect(list.err).toMatch(/^kernelscope: [^\n]+\n$/);
    expect({ code: list.code, out: list.out }).toEqual({
      code: EXIT_CODES[expected.error.code] ?? 3,
      out: "",
    });
    return;
  }
  expect({ code: list.code, err: list.err }).toEqual({ code: 0, err: "" });
  const found = JSON.parse(list.out);
  const { format, producer, totals, layers } = expected;
  if (format !== undefined) expect(found.format).toBe(format);
  if (producer !== undefined) expect(found.producer).toBe(producer);
  if (totals !== undefined) expect(found.totals).toMatchObject(totals);
  if (layers === undefined) return;
  expect(found.layers).toHaveLength(layers.length);
  layers.forEach((layer, index) => {
    expect(found.layers[index]).toMatchObject({ index, ...listed(layer) });
  });
  const wide = layers.some((layer) => layer.values === "float64");
  const wanted = layers.flatMap((layer, index) =>
    layer.sha256 !== undefined && (layer.values === "float64") === wide ? [index] : [],
  );
  if (wanted.length === 0) return;
  const out = folder.at(name.replaceAll("/", "-"));
  const dtype = wide ? "float64" : "float32";
  const args = [
    "export",
    file,
    ...wanted.map((index) => `#${index}`),
    "--dtype",
    dtype,
    "-o",
    `${out}/`,
    ...order,
  ];
  const exported = await kernelscope(args, { cwd });
  expect({ code: exported.code, files: readdirSync(out).length }).toEqual({ code: 0, files: wanted.length });
  const paths = [...exported.err.matchAll(/^wrote (\S+) /gm)].map((match) => match[1] ?? "");
  wanted.forEach((index, at) => {
    expect(hashOfNpy(paths[at] ?? ""), `layer ${index}`).toBe(layers[index]?.sha256);
  });
}

describe("one fixture of every kind, by the command line", () => {
  // The contract suite reads all of them; here two processes are started for each.
  const all = listPairs(join(root, "test/fixtures"));
  const pairs = all.filter((pair) => all.find((other) => kindOf(other) === kindOf(pair)) === pair);

  it("is there", () => {
    expect(pairs.length).toBeGreaterThan(50);
  });

  it.each(pairs.map((pair) => [pair.name, pair] as const))(
    "%s lists and exports what its framework says",
    async (_name, pair) => {
      await compare(pair);
    },
  );
});
