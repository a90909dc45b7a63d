import type { LayerSpec } from "../models/layer.ts";
import { kerasEntries } from "../writers/keras-files.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";
import { type ZipEntry, zip } from "../writers/zip.ts";
import { type Case, fine, refusal } from "./case.ts";

const SPEC: LayerSpec = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 2,
  outputs: 4,
  multiplier: 1,
  groups: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
};
const ENTRIES = kerasEntries(
  [{ spec: SPEC, weights: [float32Weight("kernel", [3, 3, 2, 4], { length: 72 })] }],
  [16, 16],
);
const [METADATA, CONFIG, WEIGHTS] = ENTRIES as [ZipEntry, ZipEntry, ZipEntry];

function archive(
  name: string,
  entries: readonly ZipEntry[],
  code: Case["code"] & string,
  at: "open" | "read" = "open",
): Case {
  return refusal(name, "a.keras", zip(entries), code, at);
}

/** A `.keras` archive per way in which it can be read twice or not at all. */
export const kerasZipCases: readonly Case[] = [
  archive("two configs", [METADATA, CONFIG, CONFIG, WEIGHTS], "ambiguous"),
  archive("two weight files", [METADATA, CONFIG, WEIGHTS, WEIGHTS], "ambiguous"),
  archive("no weights", [METADATA, CONFIG], "malformed"),
  archive("config that is not JSON", [METADATA, { ...CONFIG, bytes: utf8("{") }, WEIGHTS], "malformed"),
  archive("config that is damaged", [METADATA, { ...CONFIG, both: { crc: 1 } }, WEIGHTS], "malformed"),
  archive(
    "config with a key twice",
    [
      METADATA,
      { ...CONFIG, bytes: utf8(`{"module":"keras",${new TextDecoder().decode(CONFIG.bytes).slice(1)}`) },
      WEIGHTS,
    ],
    "ambiguous",
  ),
  archive("weights cut", [METADATA, CONFIG, { ...WEIGHTS, bytes: WEIGHTS.bytes.slice(0, 400) }], "truncated"),
  archive(
    "weights that are no HDF5",
    [METADATA, CONFIG, { ...WEIGHTS, bytes: utf8("not an HDF5 file at all") }],
    "malformed",
  ),
  archive(
    "deflated weights that are damaged",
    [METADATA, CONFIG, { ...WEIGHTS, deflate: true, both: { crc: 7 } }],
    "malformed",
  ),
  fine("deflated", "a.keras", zip(ENTRIES.map((entry) => ({ ...entry, deflate: true })))),
];
