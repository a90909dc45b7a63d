import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { readPickle } from "../../src/codec/pickle.ts";
import {
  isPickleNode,
  type PickleValue,
  pickleClass,
  pickleEntries,
  pickleItems,
} from "../../src/codec/pickle-value.ts";
import { fromBytes } from "../../src/source/bytes.ts";
import { failureOf } from "../failure.ts";

interface Case {
  readonly name: string;
  readonly pickle: string;
  readonly value: unknown;
}

const cases = JSON.parse(
  readFileSync(new URL("../fixtures/pickle/cases.json", import.meta.url), "utf8"),
) as readonly Case[];

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (c) => c.charCodeAt(0));
const read = (bytes: Uint8Array<ArrayBuffer>, offset = 0) =>
  readPickle(fromBytes(bytes, "data.pkl"), { budget: createBudget(), offset });
const readText = (text: string) => read(bytesOf(text));

/** A value in the words of test/fixtures/pickle/make.py. */
function written(value: PickleValue): unknown {
  if (typeof value === "bigint") return { int: value.toString() };
  if (typeof value === "number" && !Number.isFinite(value))
    return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
  if (typeof value !== "object" || value === null) return value;
  const pairs = (entries: ReadonlyMap<PickleValue, PickleValue>) =>
    [...entries].map(([k, v]) => [written(k), written(v)]);
  switch (value.kind) {
    case "bytes":
      return { bytes: Buffer.from(value.content!).toString("hex") };
    case "dict":
      return { dict: pairs(value.entries) };
    case "global":
      return { global: [value.module, value.name] };
    case "object":
      return {
        object: (written(value.callable) as { global: unknown }).global,
        args: value.args.map(written),
        ...(value.state === undefined ? {} : { state: written(value.state) }),
        ...(value.items.length === 0 ? {} : { items: value.items.map(written) }),
        ...(value.entries.size === 0 ? {} : { entries: pairs(value.entries) }),
        ...(value.keywords === null ? {} : { keywords: written(value.keywords) }),
      };
    case "persistent":
      return { persistent: written(value.id) };
    case "text":
      return { text: value.length };
    default:
      return { [value.kind]: value.items.map(written) };
  }
}

describe("readPickle", () => {
  it("finds cases of every protocol", () => {
    for (let protocol = 0; protocol <= 5; protocol++)
      expect(cases.filter(({ name }) => name.endsWith(`protocol ${protocol}`)).length).toBeGreaterThan(14);
  });

  it.each(cases.map((one) => [one.name, one] as const))("reads what Python wrote: %s", async (_, one) => {
    const bytes = Uint8Array.from(Buffer.from(one.pickle, "base64"));
    const { value, end } = await read(bytes);
    expect(written(value)).toEqual(one.value);
    expect(end).toBe(bytes.length);
  });

  it("keeps shared values shared", async () => {
    const { value } = await readText("(lp0\n(lp1\nag1\nag0\na.");
    const [a, b, itself] = pickleItems(value)!;
    expect(a).toBe(b);
    expect(itself).toBe(value);
  });

  it("reads several in a row", async () => {
    const bytes = bytesOf("K\x01.\x80\x02]q\x00.N.");
    const first = await read(bytes);
    const second = await read(bytes, first.end);
    const third = await read(bytes, second.end);
    expect([first.value, second.end, third.value, third.end]).toEqual([1, 9, null, 11]);
  });

  it("makes nodes of persistent ids, extensions and calls", async () => {
    const { value } = await readText(
      "\x80\x02(U\x07storagecos\nsystem\nU\x010tQ\x82\x05cos\nsystem\nU\x02ls\x85R(cshapes\nPoint\nK\x01o(K\x02ishapes\nPoint\n\x87\x86\x86.",
    );
    expect(written(value)).toEqual({
      tuple: [
        { persistent: { tuple: ["storage", { global: ["os", "system"] }, "0"] } },
        {
          tuple: [
            { global: ["copyreg", "extension 5"] },
            {
              tuple: [
                { object: ["os", "system"], args: ["ls"] },
                { object: ["shapes", "Point"], args: [1] },
                { object: ["shapes", "Point"], args: [2] },
              ],
            },
          ],
        },
      ],
    });
    const called = pickleItems(pickleItems(pickleItems(value)![1])![1])![0];
    expect(pickleClass(called)).toBe("os.system");
    expect(written((await readText("Pid 1\n.")).value)).toEqual({ persistent: "id 1" });
  });

  it("leaves long bytes and texts in the source", async () => {
    const long = 70_000;
    const head = bytesOf("\x80\x04\x8e\x70\x11\x01\0\0\0\0\0");
    const bytes = new Uint8Array(head.length + long + 10);
    bytes.set(head);
    bytes.set(bytesOf("X\x02\0\0\0hi\x86."), head.length + long);
    const reads: [number, number][] = [];
    const source = fromBytes(bytes, "data.pkl");
    const { value, end } = await readPickle(
      {
        ...source,
        read: (offset, length, signal) => {
          reads.push([offset, length]);
          return source.read(offset, length, signal);
        },
      },
      { budget: createBudget() },
    );
    expect(pickleItems(value)).toEqual([
      { kind: "bytes", offset: head.length, length: long, content: null },
      "hi",
    ]);
    expect(end).toBe(bytes.length - 1);
    expect(reads.every(([offset, length]) => offset + length < 20_000 || offset >= head.length + long)).toBe(
      true,
    );
  });

  it("gives the entries of dicts, ordered ones and Python 2's", async () => {
    const ordered = await readText("ccollections\nOrderedDict\n)R(S'a'\nI1\nu.");
    expect([...pickleEntries(ordered.value)!]).toEqual([["a", 1]]);
    const old = await readText("ccollections\nOrderedDict\n((l(lS'b'\naI2\naatR.");
    expect([...pickleEntries(old.value)!]).toEqual([["b", 2]]);
    expect(pickleEntries((await readText("cshapes\nTable\n)\x81(S'a'\nI1\nu.")).value)).toBeNull();
  });

  it.each([
    ["an instruction that is none", "\xff.", "malformed", /byte ff/],
    ["an empty stack", "0.", "malformed", /never set/],
    ["no value", ".", "malformed", /more or less than one/],
    ["two values", "NN.", "malformed", /more or less than one/],
    ["an open mark", "(N.", "malformed", /more or less than one/],
    ["an unset memo", "h\x05.", "malformed", /memo 5/],
    ["a memo of nothing", "q\x05.", "malformed", /stack is empty/],
    ["a tuple of too few", "N\x87.", "malformed", /empty stack/],
    ["a key without value", "}(Nu.", "malformed", /without a value/],
    ["a key in a list", "](NNu.", "malformed", /in a list/],
    ["an item in a dict", "}Na.", "malformed", /to a dict/],
    ["a state of a list", "]Nb.", "malformed", /state to a list/],
    ["no arguments", "cos\nsystem\nNR.", "malformed", /for arguments/],
    ["a class of numbers", "K\x01K\x02\x93.", "malformed", /no text/],
    ["an object of nothing", "(o.", "malformed", /no class/],
    ["a wrong integer", "Iabc\n.", "malformed", /for an integer/],
    ["a wrong float", "F1_0\n.", "malformed", /for a float/],
    ["a wrong memo", "N(g-1\n.", "malformed", /for a memo/],
    ["a string without quotes", "Sabc\n.", "malformed", /quotes/],
    ["text that is no UTF-8", "X\x01\0\0\0\xff.", "malformed", /UTF-8/],
    ["a negative length", "T\xff\xff\xff\xff.", "malformed", /negative length/],
    ["a later protocol", "\x80\x06N.", "unsupported", /protocol 6/],
    ["out-of-band buffers", "\x80\x05\x97.", "unsupported", /out of band/],
    ["a huge integer", `\x8b\x01\x20\0\0${"\0".repeat(8193)}.`, "limit", /integer of 8193/],
    ["an integer of many digits", `I${"1".repeat(4301)}\n.`, "limit", /4301 digits/],
    ["a cut-off pickle", "(N", "truncated", /cut off/],
    ["a cut-off line", "Iabc", "truncated", /cut off/],
    ["a cut-off number", "J\x01\x02", "truncated", /cut off/],
    ["a text of 4 GB", "X\xff\xff\xff\xffabc.", "truncated", /cut off/],
    ["bytes of 2^63", "\x8e\0\0\0\0\0\0\0\x80abc.", "truncated", /cut off/],
  ] as const)("refuses %s", async (_, text, code, message) => {
    const error = await failureOf(readText(text), code);
    expect(error.message).toMatch(message);
    expect(error.offset).toBeTypeOf("number");
  });

  it("limits lines, memory and instructions", async () => {
    await failureOf(readText(`I${"1".repeat(1024 * 1024 + 1)}\n.`), "limit", "1048576");
    await failureOf(readText(`(${"}".repeat(300_000)}l.`), "limit", "memory");
    await failureOf(readText(`(${"N".repeat(2_100_000)}l.`), "limit", "2000000");
  });

  it("reads 200,000 nested lists", async () => {
    const { value } = await readText(`${"]".repeat(200_000)}${"a".repeat(199_999)}.`);
    let depth = 0;
    for (let at: PickleValue | undefined = value; isPickleNode(at, "list"); at = at.items[0]) depth++;
    expect(depth).toBe(200_000);
  });

  it("stops where the file is cut, wherever that is", async () => {
    for (const one of cases.filter(
      ({ name }) => name.endsWith("protocol 4") || name.endsWith("protocol 0"),
    )) {
      const bytes = Uint8Array.from(Buffer.from(one.pickle, "base64"));
      for (let length = 0; length < Math.min(300, bytes.length); length++) {
        await failureOf(read(bytes.slice(0, length)), "truncated", "cut off");
      }
    }
  });
});
