import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { createCrc32 } from "../../src/codec/crc32.ts";
import { readZipDirectory, type ZipEntry } from "../../src/codec/zip.ts";
import { openZipEntry, readZipEntry, readZipEntryHead } from "../../src/codec/zip-entry.ts";
import { isZip } from "../../src/codec/zip-magic.ts";
import { fromBytes, type Source } from "../../src/index.ts";
import { failureOf } from "../failure.ts";
import { bytesOf, type EntryToWrite, writeZip, type ZipToWrite } from "./zip-writer.ts";

const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);
const noise = Uint8Array.from({ length: 5000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
const context = () => ({ budget: createBudget() });

async function directoryOf(bytes: Uint8Array<ArrayBuffer>): Promise<{ source: Source; entries: ZipEntry[] }> {
  const source = fromBytes(bytes, "a.zip");
  const tail = bytes.subarray(Math.max(0, bytes.length - 65_577));
  return { source, entries: await readZipDirectory(source, tail, createBudget()) };
}

/** Opens, and reads every entry both ways. */
async function contentsOf(bytes: Uint8Array<ArrayBuffer>): Promise<Map<string, Uint8Array>> {
  const { source, entries } = await directoryOf(bytes);
  const contents = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const whole = await readZipEntry(source, entry, context());
    const opened = await openZipEntry(source, entry, context());
    expect(await opened.read(0, opened.size)).toEqual(whole);
    contents.set(entry.name, whole);
  }
  return contents;
}

const two = (first: Partial<EntryToWrite> = {}): EntryToWrite[] => [
  { name: "a", data: text("first"), ...first },
  { name: "b", data: noise },
];
const zipOf = (first: Partial<EntryToWrite> = {}, options: ZipToWrite = {}) => writeZip(two(first), options);

describe("a sound archive", () => {
  it.each([
    ["stored", zipOf()],
    ["deflated", zipOf({ deflate: true })],
    ["deflated to more than it was", zipOf({ deflate: true, data: noise })],
    ["empty content", zipOf({ data: new Uint8Array(0) })],
    ["deflated empty content", zipOf({ deflate: true, data: new Uint8Array(0) })],
    ["aligned data", zipOf({ padding: 40 })],
    [
      "sizes after the data",
      zipOf({ central: { flags: 8 }, local: { crc32: 0, compressedSize: 0, size: 0 } }),
    ],
    ["zip64 everywhere", zipOf({ zip64: true }, { zip64: true })],
    ["a zip64 end without need", zipOf({}, { zip64: true, end: { entries: 2 } })],
    ["a comment", zipOf({}, { comment: text("words") })],
    ["the longest comment", zipOf({}, { comment: new Uint8Array(65_535).fill(32) })],
  ] as const)("is read: %s", async (_, bytes) => {
    const contents = await contentsOf(bytes);
    expect([...contents.keys()]).toEqual(["a", "b"]);
    expect(contents.get("b")).toEqual(noise);
    expect(isZip(bytes)).toBe(true);
  });

  it("may hold nothing", async () => {
    expect((await contentsOf(writeZip([]))).size).toBe(0);
    expect(isZip(writeZip([]))).toBe(true);
  });

  it("may have names of any letters", async () => {
    const latin = Uint8Array.of(0xe4);
    const names = [
      ...(
        await contentsOf(
          writeZip([
            { name: "日本/ü", data: noise },
            { name: latin, data: noise },
          ]),
        )
      ).keys(),
    ];
    expect(names).toEqual(["日本/ü", "ä"]);
  });

  it("gives stored entries in place", async () => {
    const { source, entries } = await directoryOf(zipOf({ padding: 10 }));
    const reads: number[] = [];
    const watched: Source = {
      ...source,
      read(offset, length) {
        reads.push(length);
        return source.read(offset, length);
      },
    };
    const entry = await openZipEntry(watched, entries[1]!, context());
    expect(entry).toMatchObject({ name: "a.zip:b", size: 5000 });
    expect(await entry.read(4000, 10)).toEqual(noise.subarray(4000, 4010));
    expect(Math.max(...reads)).toBeLessThan(600);
  });

  it("gives the beginning of an entry without the rest", async () => {
    const zeros = new Uint8Array(3_000_000);
    zeros.set(noise);
    for (const deflate of [false, true]) {
      const { source, entries } = await directoryOf(writeZip([{ name: "a", data: zeros, deflate }]));
      for (const length of [0, 1, 256, 5000]) {
        expect(await readZipEntryHead(source, entries[0]!, length, context())).toEqual(
          noise.subarray(0, length),
        );
      }
      const short = await directoryOf(writeZip([{ name: "a", data: text("abc"), deflate }]));
      expect(await readZipEntryHead(short.source, short.entries[0]!, 100, context())).toEqual(text("abc"));
    }
  });
});

describe("an archive that can be read in two ways", () => {
  const end = (zip: Uint8Array<ArrayBuffer>) => zip.slice(zip.length - 22);
  it.each([
    [
      "two entries of one name",
      writeZip([
        { name: "a", data: noise },
        { name: "a", data: text("x") },
      ]),
      "two entries",
    ],
    ["a name with a NUL", zipOf({ name: "a\0b" }), "NUL"],
    ["overlapping data", zipOf({ central: { compressedSize: 500, size: 500 } }), "overlaps"],
    ["something before the first entry", zipOf({}, { before: text("#!") }), "before it"],
    ["more entries announced than there are", zipOf({}, { end: { entries: 1 } }), "announces 1"],
    ["end records that disagree", zipOf({}, { zip64: true, end: { entries: 1 } }), "contradict"],
    ["an end record in the comment", zipOf({}, { comment: end(writeZip([])) }), "two records"],
    [
      "two end records",
      bytesOf([zipOf({}, { comment: new Uint8Array(22) }).slice(0, -22), end(writeZip([]))]),
      "two records",
    ],
  ] as const)("is refused: %s", async (_, bytes, mention) => {
    await failureOf(directoryOf(bytes), "ambiguous", mention);
  });

  it.each([
    ["another name", { local: { name: "b" } }],
    ["another method", { local: { method: 8 } }],
    ["another size", { local: { size: 4, compressedSize: 4 } }],
    ["another checksum", { local: { crc32: 1 } }],
    ["other flags", { local: { flags: 8 } }],
    [
      "data that end in the next entry",
      { padding: 0, local: { name: "a" }, central: { compressedSize: 9, size: 9 } },
    ],
  ] as const)("is refused when the entry itself says otherwise: %s", async (_, first) => {
    const zip = zipOf(first);
    await failureOf(
      directoryOf(zip).then(({ source, entries }) => readZipEntry(source, entries[0]!, context())),
      "ambiguous",
    );
  });
});

describe("a damaged or lying archive", () => {
  it.each([
    ["no directory", zipOf().slice(0, -30), "truncated"],
    ["bytes after the end", bytesOf([zipOf(), text("x")]), "truncated"],
    ["a directory elsewhere", zipOf({}, { end: { offset: 3 } }), "malformed"],
    ["a directory outside", zipOf({}, { end: { offset: 4_000_000_000 } }), "malformed"],
    ["a directory too small for its entries", zipOf({}, { end: { entries: 60_000 } }), "malformed"],
    [
      "a zip64 number beyond any file",
      zipOf({}, { zip64: true, end64: { entries: Number.MAX_SAFE_INTEGER + 1 } }),
      "malformed",
    ],
    [
      "a zip64 count of entries beyond the directory",
      zipOf({}, { zip64: true, end64: { entries: 2 ** 40 } }),
      "malformed",
    ],
    ["two sizes of a stored entry", zipOf({ central: { size: 4 } }), "malformed"],
    ["a bomb by its own words", zipOf({ deflate: true, central: { size: 1_000_000 } }), "malformed"],
    ["several volumes", zipOf({}, { disk: 1 }), "unsupported"],
  ] as const)("is refused: %s", async (_, bytes, code) => {
    await failureOf(directoryOf(bytes), code);
  });

  it.each([
    ["a flipped bit in a stored entry", {}, "malformed", "CRC-32"],
    ["a flipped bit in a deflated entry", { deflate: true }, "malformed", ""],
    ["a wrong checksum", { central: { crc32: 5 } }, "malformed", "00000005"],
    ["more inflated bytes than announced", { deflate: true, central: { size: 3 } }, "malformed", "3 bytes"],
    ["fewer inflated bytes than announced", { deflate: true, central: { size: 9 } }, "malformed", "9"],
    ["encryption", { central: { flags: 1 } }, "unsupported", "encrypted"],
    ["strong encryption", { central: { flags: 0x41 } }, "unsupported", "encrypted"],
    ["AES", { central: { method: 99 } }, "unsupported", "encrypted"],
    ["Zstandard", { central: { method: 93 } }, "unsupported", "Zstandard"],
    ["bzip2", { central: { method: 12 } }, "unsupported", "bzip2"],
    ["an unknown method", { central: { method: 77 } }, "unsupported", "method 77"],
  ] as const)("is refused when an entry is read: %s", async (name, first, code, mention) => {
    const zip = zipOf(first);
    if (name.startsWith("a flipped bit")) zip[33] = zip[33]! ^ 4;
    const { source, entries } = await directoryOf(zip);
    await failureOf(readZipEntry(source, entries[0]!, context()), code, mention);
  });

  it("is refused when no entry stands where the directory says", async () => {
    const zip = zipOf();
    zip[0] = 0;
    const { source, entries } = await directoryOf(zip);
    await failureOf(readZipEntry(source, entries[0]!, context()), "malformed", "no zip entry");
  });

  it("stops at the budget and at the caller's word", async () => {
    const { source, entries } = await directoryOf(zipOf({ deflate: true, data: new Uint8Array(900) }));
    await failureOf(
      readZipEntry(source, entries[0]!, { budget: createBudget({ bytes: 800 }) }),
      "limit",
      "900",
    );
    await failureOf(
      readZipEntry(source, entries[0]!, { ...context(), signal: AbortSignal.abort() }),
      "aborted",
    );
    const zip = zipOf();
    await failureOf(readZipDirectory(fromBytes(zip), zip, createBudget({ objects: 1 })), "limit");
  });

  it("is never anything but a clean refusal, whatever byte is wrong", async () => {
    const entries = [
      { name: "a", data: text("some words, some words"), deflate: true },
      { name: "b", data: text("more") },
    ];
    const sound = writeZip(entries, { zip64: true });
    for (let i = 0; i < sound.length; i++) {
      await failureOf(directoryOf(sound.slice(0, i)), "truncated");
      const damaged = sound.slice();
      damaged[i] = damaged[i]! ^ 0xff;
      const read = directoryOf(damaged).then(({ source, entries }) =>
        readZipEntry(source, entries[0]!, context()),
      );
      const result = await read.catch((error: unknown) => error);
      if (result instanceof Error)
        expect(result, `byte ${i}: ${result.stack}`).toMatchObject({ name: "ReadError" });
      else expect(result).toEqual(entries[0]!.data);
    }
  });
});

describe("createCrc32", () => {
  it("gives the sums of zlib, also piece by piece", () => {
    const crc32 = createCrc32();
    expect(crc32(text("123456789"))).toBe(0xcbf43926);
    for (const length of [0, 1, 15, 16, 17, 100, 5000]) {
      const bytes = noise.subarray(0, length);
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
      expect(crc32(bytes.subarray(7), crc32(bytes.subarray(0, 7)))).toBe(crc32(bytes));
    }
  });
});
