import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { type MsgpackToken, msgpackCursor } from "../../src/codec/msgpack.ts";
import { fromBytes, type Source } from "../../src/index.ts";
import { failureOf } from "../failure.ts";

/** Heads by MessagePack's specification, as hexadecimal bytes, and what they say. */
const HEADS: readonly [hex: string, token: MsgpackToken][] = [
  ["00", { kind: "number", value: 0 }],
  ["7f", { kind: "number", value: 127 }],
  ["ff", { kind: "number", value: -1 }],
  ["e0", { kind: "number", value: -32 }],
  ["cc ff", { kind: "number", value: 255 }],
  ["cd 0100", { kind: "number", value: 256 }],
  ["ce 80000000", { kind: "number", value: 2 ** 31 }],
  ["cf 0020000000000000", { kind: "number", value: 2 ** 53 }],
  ["d0 80", { kind: "number", value: -128 }],
  ["d1 8000", { kind: "number", value: -32_768 }],
  ["d2 80000000", { kind: "number", value: -(2 ** 31) }],
  ["d3 ffffffffffffffff", { kind: "number", value: -1 }],
  ["ca 3fc00000", { kind: "number", value: 1.5 }],
  ["cb 3ff8000000000000", { kind: "number", value: 1.5 }],
  ["c0", { kind: "nil" }],
  ["c2", { kind: "boolean", value: false }],
  ["c3", { kind: "boolean", value: true }],
  ["80", { kind: "map", count: 0 }],
  ["90", { kind: "list", count: 0 }],
  ["de 0000", { kind: "map", count: 0 }],
  ["df 00000000", { kind: "map", count: 0 }],
  ["dc 0000", { kind: "list", count: 0 }],
  ["dd 00000001 00", { kind: "list", count: 1 }],
  ["a3 616263", { kind: "text", offset: 1, length: 3 }],
  ["d9 01 61", { kind: "text", offset: 2, length: 1 }],
  ["da 0001 61", { kind: "text", offset: 3, length: 1 }],
  ["db 00000001 61", { kind: "text", offset: 5, length: 1 }],
  ["c4 01 00", { kind: "bytes", offset: 2, length: 1 }],
  ["c5 0001 00", { kind: "bytes", offset: 3, length: 1 }],
  ["c6 00000001 00", { kind: "bytes", offset: 5, length: 1 }],
  ["d4 05 00", { kind: "extension", type: 5, offset: 2, length: 1 }],
  ["d8 ff 00000000000000000000000000000000", { kind: "extension", type: -1, offset: 2, length: 16 }],
  ["c7 01 05 00", { kind: "extension", type: 5, offset: 3, length: 1 }],
  ["c8 0001 05 00", { kind: "extension", type: 5, offset: 4, length: 1 }],
  ["c9 00000001 05 00", { kind: "extension", type: 5, offset: 6, length: 1 }],
];

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const cursorOf = (source: Source) => msgpackCursor(source, { start: 0, end: source.size }, createBudget());

describe("msgpackCursor", () => {
  it.each(HEADS)("reads %s", async (hex, token) => {
    expect(await cursorOf(fromBytes(bytesOf(hex))).next()).toEqual(token);
  });

  it.each(HEADS)("tells that %s was cut", async (hex) => {
    const bytes = bytesOf(hex);
    for (let cut = 0; cut < bytes.length; cut++)
      await failureOf(cursorOf(fromBytes(bytes.slice(0, cut))).next(), "truncated");
  });

  it("refuses the one code that is none", async () => {
    await failureOf(cursorOf(fromBytes(bytesOf("c1"))).next(), "malformed");
  });

  it("reads next to nothing of payloads that are skipped, and text after them", async () => {
    let read = 0;
    const size = 5 + 50_000_000 + 6;
    const tail = bytesOf("a5 68656c6c6f");
    const source: Source = {
      name: "large",
      size,
      async read(offset, length) {
        read += length;
        const bytes = new Uint8Array(length);
        if (offset === 0) bytes.set([0xc6, ...[24, 16, 8, 0].map((shift) => (50_000_000 >>> shift) & 255)]);
        if (offset >= 5 + 50_000_000) bytes.set(tail.subarray(offset - 5 - 50_000_000));
        return bytes;
      },
    };
    const cursor = cursorOf(source);
    const blob = await cursor.next();
    if (blob.kind !== "bytes") throw new Error(`${blob.kind}`);
    cursor.skipTo(blob.offset + blob.length);
    const text = await cursor.next();
    if (text.kind !== "text") throw new Error(`${text.kind}`);
    expect(await cursor.text(text)).toBe("hello");
    expect(cursor.offset).toBe(size);
    expect(read).toBeLessThan(4096);
  });
});
