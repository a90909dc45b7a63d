import { type Folder, folderOf, fromBytes, open, type Source } from "kernelscope";
import { gzip } from "../writers/gzip.ts";
import { jsonObject, safetensors, safetensorsOf } from "../writers/safetensors.ts";
import { paxRecord, tar } from "../writers/tar.ts";
import { concat, float32Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import type { LimitTest } from "./cases.ts";

const MODEL = safetensors([float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 })]);

async function opened(from: Source | Folder): Promise<string | null> {
  const model = await open(from);
  await model.close();
  return null;
}

function openedFolder(paths: readonly string[]): Promise<string | null> {
  return opened(folderOf("net", paths, async (path) => fromBytes(MODEL, path)));
}

/** A safetensors file of exactly so many bytes, as parts compressed with gzip; nearly all of it zeros. */
function inflating(bytes: number): Uint8Array<ArrayBuffer> {
  const header = (values: number): Uint8Array<ArrayBuffer> =>
    safetensorsOf(
      jsonObject([["x", { dtype: "U8", shape: [values], data_offsets: [0, values] }]]).padEnd(120),
      new Uint8Array(),
    );
  const values = bytes - header(0).length;
  const piece = new Uint8Array(16 * 1024 ** 2);
  const packed = gzip(piece);
  const whole = Math.floor(values / piece.length);
  const rest = gzip(piece.subarray(0, values % piece.length));
  return concat([gzip(header(values)), ...Array.from({ length: whole }, () => packed), rest]);
}

/** Archives in archives: `levels` of them around a model. */
function nested(levels: number): Uint8Array<ArrayBuffer> {
  let bytes = MODEL;
  for (let level = 0; level < levels; level++)
    bytes = tar([{ name: level === 0 ? "a.safetensors" : "a.tar", bytes }]);
  return bytes;
}

/** A tar archive with a pax header of exactly so many bytes. */
function extended(bytes: number): Uint8Array<ArrayBuffer> {
  const length = bytes - (paxRecord("comment", "x".repeat(bytes)).length - bytes);
  const record = paxRecord("comment", "x".repeat(length));
  return tar([
    { name: "pax", type: "x", bytes: record },
    { name: "a.safetensors", bytes: MODEL },
  ]);
}

/** A zip with a deflated model that is said to have so many bytes. */
function deflated(bytes: number): Uint8Array<ArrayBuffer> {
  const stored = new Uint8Array(1024 ** 2);
  return zip([{ name: "a.safetensors", bytes: MODEL, deflate: true, stored, both: { size: bytes } }]);
}

/** Limits of folders and archives. */
export const containerLimits: readonly LimitTest[] = [
  {
    constant: "FOLDERS_MOST",
    passed: "limit",
    // The folder that is searched counts too.
    meets: (amount) =>
      openedFolder([
        "0/model.safetensors",
        ...Array.from({ length: amount - 2 }, (_, at) => `${at + 1}/notes.txt`),
      ]),
  },
  {
    constant: "FOLDERS_DEEP",
    passed: "limit",
    meets: (amount) => openedFolder([`${"in/".repeat(amount)}model.safetensors`]),
  },
  {
    constant: "CONTAINERS_MOST",
    passed: "limit",
    meets: (amount) => opened(fromBytes(nested(amount), "a.tar")),
  },
  {
    constant: "TAR_EXTENDED_MOST",
    passed: "limit",
    meets: (amount) => opened(fromBytes(extended(amount), "a.tar")),
  },
  {
    constant: "GUNZIP_MOST",
    passed: "limit",
    meets: (amount) => opened(fromBytes(inflating(amount), "a.safetensors.gz")),
  },
  {
    constant: "ZIP_INFLATE_MOST",
    passed: "limit",
    // Nothing inflates to so much here: below the limit it is found out when it is inflated.
    meets: (amount) =>
      opened(fromBytes(deflated(amount), "a.zip")).catch((error: { readonly code: string }) =>
        error.code === "malformed" ? null : Promise.reject(error),
      ),
  },
];
