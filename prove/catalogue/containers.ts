import { gzip } from "../writers/gzip.ts";
import { safetensors } from "../writers/safetensors.ts";
import { paxRecord, type TarEnd, type TarEntry, tar } from "../writers/tar.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { type Case, fine, refusal } from "./case.ts";

const MODEL = safetensors([float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 })]);
const OTHER = safetensors([float32Weight("other.weight", [2, 2, 3, 3], { length: 36 })]);
const A: TarEntry = { name: "a.safetensors", bytes: MODEL };
const B: TarEntry = { name: "b.safetensors", bytes: OTHER };

function archive(
  name: string,
  entries: readonly TarEntry[],
  code: Case["code"] & string,
  end?: TarEnd,
): Case {
  return refusal(`tar: ${name}`, "a.tar", tar(entries, end), code);
}

function good(name: string, entries: readonly TarEntry[], says?: string): Case {
  return fine(`tar: ${name}`, "a.tar", tar(entries), says);
}

/** A pax header for the entry that follows. */
function pax(...records: readonly (readonly [key: string, value: string])[]): TarEntry {
  return {
    name: "PaxHeader",
    type: "x",
    bytes: concat(records.map(([key, value]) => paxRecord(key, value))),
  };
}

const negative = new Uint8Array(12).fill(0xff);
const wide = new Uint8Array(12).fill(0x7f);
wide[0] = 0x80;

const tarCases: readonly Case[] = [
  good("one model", [A]),
  good("a model in folders", [
    { name: "net/", type: "5" },
    { ...A, name: "./net/a.safetensors" },
  ]),
  good(
    "links and devices beside it",
    [
      { name: "link", type: "2", link: "/etc/passwd" },
      { name: "hard", type: "1", link: "a.safetensors" },
      { name: "device", type: "3" },
      A,
    ],
    "left out",
  ),
  good("the old form without a magic", [{ ...A, magic: "", type: "\0" }]),
  good("a path in a pax header", [pax(["path", "net/a.safetensors"]), { ...A, name: "x" }]),
  good("a path in a global pax header", [
    { name: "g", type: "g", bytes: paxRecord("comment", "made by hand") },
    A,
  ]),
  good("a long name of GNU's", [
    { name: "././@LongLink", type: "L", bytes: utf8(`net/${"x".repeat(120)}.safetensors\0`) },
    { ...A, name: "x" },
  ]),
  good("a base-256 size", [
    { ...A, size: Uint8Array.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, MODEL.length >> 8, MODEL.length & 255]) },
  ]),
  archive("a name twice", [A, { ...B, name: "a.safetensors" }], "ambiguous"),
  archive("a name twice, once with ./", [A, { ...B, name: "./a.safetensors" }], "ambiguous"),
  archive("a file and a link of one name", [A, { name: "a.safetensors", type: "2", link: "b" }], "ambiguous"),
  archive("two models", [A, B], "ambiguous"),
  archive("another archive behind the end", [A], "ambiguous", { trailing: tar([B]) }),
  archive("bytes behind the end", [A], "ambiguous", { trailing: utf8("x") }),
  archive("a NUL in a pax path", [pax(["path", "a.safetensors\0b"]), A], "ambiguous"),
  archive("a pax key twice", [pax(["path", "a"], ["path", "b"]), A], "ambiguous"),
  archive("no end mark", [A], "truncated", { blocks: 0 }),
  archive("a size past the file", [{ ...A, size: 1_000_000 }], "truncated"),
  archive("a pax size past the file", [pax(["size", "1000000"]), A], "truncated"),
  archive("a negative size", [{ ...A, size: negative }], "malformed"),
  archive("a size larger than any file", [{ ...A, size: wide }], "malformed"),
  archive("a size that is no number", [{ ...A, size: utf8("12345678x90\0") }], "malformed"),
  archive("a negative pax size", [pax(["size", "-1"]), A], "malformed"),
  archive("a pax size larger than any file", [pax(["size", "99999999999999999999"]), A], "malformed"),
  archive(
    "a pax record that passes its end",
    [{ name: "x", type: "x", bytes: utf8("99 path=a\n") }, A],
    "malformed",
  ),
  archive(
    "a pax record without a length",
    [{ name: "x", type: "x", bytes: utf8("path=a\n") }, A],
    "malformed",
  ),
  archive("a wrong checksum", [A, { ...B, checksum: 1 }], "malformed"),
  archive("a sparse file of GNU's old form", [{ ...A, type: "S" }], "unsupported"),
  archive("a sparse file in pax", [pax(["GNU.sparse.major", "1"]), A], "unsupported"),
  archive("no model", [{ name: "notes.txt", bytes: utf8("x") }], "unsupported"),
  archive("nothing but a path up", [{ ...A, name: "../a.safetensors" }], "unsupported"),
  archive("nothing but an absolute path", [{ ...A, name: "/a.safetensors" }], "unsupported"),
  archive("nothing but a link", [{ ...A, type: "2", bytes: new Uint8Array(), link: "b" }], "unsupported"),
  archive("a prefix that leads up", [{ ...A, prefix: ".." }], "unsupported"),
];

const NAME = "a.safetensors.gz";
const gzipCases: readonly Case[] = [
  fine("gzip: one model", NAME, gzip(MODEL)),
  fine("gzip: two parts", NAME, concat([gzip(MODEL.subarray(0, 99)), gzip(MODEL.subarray(99))])),
  fine("gzip: a stored name", NAME, gzip(MODEL, { flags: 8, extra: utf8("x\0") })),
  fine("gzip: a tar archive", "a.tgz", gzip(tar([A]))),
  refusal("gzip: a wrong checksum", NAME, gzip(MODEL, { crc: 1 }), "malformed"),
  refusal("gzip: a wrong size", NAME, gzip(MODEL, { size: 1 }), "malformed"),
  refusal(
    "gzip: a wrong checksum in the first part",
    NAME,
    concat([gzip(MODEL.subarray(0, 99), { crc: 1 }), gzip(MODEL.subarray(99))]),
    "malformed",
  ),
  refusal("gzip: something behind the end", NAME, gzip(MODEL, { trailing: utf8("something") }), "malformed"),
  refusal("gzip: one byte behind the end", NAME, gzip(MODEL, { trailing: utf8("x") }), "malformed"),
  refusal("gzip: zeros behind the end", NAME, gzip(MODEL, { trailing: new Uint8Array(512) }), "malformed"),
  refusal("gzip: cut off", NAME, gzip(MODEL).subarray(0, 60), "truncated"),
  refusal("gzip: only a header", NAME, gzip(MODEL).subarray(0, 10), "unsupported"),
  refusal("gzip: another method", NAME, gzip(MODEL, { method: 7 }), "malformed"),
  refusal("gzip: nothing inside", NAME, gzip(new Uint8Array()), "truncated"),
  refusal("gzip: no weights inside", "a.txt.gz", gzip(utf8("only some text")), "unsupported"),
];

const entry = (name: string, bytes: Uint8Array<ArrayBuffer>, deflate = false) => ({ name, bytes, deflate });
const nested = (levels: number): Uint8Array<ArrayBuffer> =>
  levels === 0 ? MODEL : zip([entry(levels === 1 ? "a.safetensors" : "a.zip", nested(levels - 1))]);

const zipArchiveCases: readonly Case[] = [
  fine("zip: a stored model", "a.zip", zip([entry("net/a.safetensors", MODEL)])),
  fine("zip: a deflated model", "a.zip", zip([entry("a.safetensors", MODEL, true)])),
  fine("zip: archives in archives", "a.zip", nested(3)),
  refusal("zip: archives in archives in archives", "a.zip", nested(4), "limit"),
  refusal(
    "zip: two models",
    "a.zip",
    zip([entry("a.safetensors", MODEL), entry("b.safetensors", OTHER)]),
    "ambiguous",
  ),
  refusal(
    "zip: two models in folders",
    "a.zip",
    zip([entry("x/a.safetensors", MODEL), entry("y/b.safetensors", OTHER)]),
    "ambiguous",
  ),
  refusal("zip: no model", "a.zip", zip([entry("notes.txt", utf8("x"))]), "unsupported"),
  refusal("zip: nothing but a path up", "a.zip", zip([entry("../a.safetensors", MODEL)]), "unsupported"),
  refusal(
    "zip: a damaged entry",
    "a.zip",
    zip([{ ...entry("a.safetensors", MODEL, true), both: { crc: 1 } }]),
    "malformed",
  ),
];

/** Archives that can be read in two ways, are damaged, or lead out of themselves. */
export const containerCases: readonly Case[] = [...tarCases, ...gzipCases, ...zipArchiveCases];
