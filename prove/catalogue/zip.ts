import { npy } from "../writers/npy.ts";
import { concat, float32Weight, little, utf8 } from "../writers/weight.ts";
import { type ZipEndLies, type ZipEntry, zip, zip64Extra } from "../writers/zip.ts";
import { type Case, fine, refusal } from "./case.ts";

const A: ZipEntry = { name: "a.npy", bytes: npy(float32Weight("a", [3, 3, 2, 4], { length: 72 })) };
const B: ZipEntry = { name: "b.npy", bytes: npy(float32Weight("b", [3, 3, 4, 2], { length: 72 })) };
const PLAIN = zip([A, B]);
const CENTRAL_SIZE = 2 * (46 + 5);
const CENTRAL = PLAIN.length - 22 - CENTRAL_SIZE;

function archive(
  name: string,
  entries: readonly ZipEntry[],
  code: Case["code"] & string,
  at: "open" | "read" = "open",
): Case {
  return refusal(name, "a.npz", zip(entries), code, at);
}

function end(name: string, lies: ZipEndLies, code: Case["code"] & string): Case {
  return refusal(name, "a.npz", zip([A, B], lies), code);
}

/** An end record of its own, for archives that hold two. */
function endRecord(count: number, size: number, offset: number, comment = 0): Uint8Array<ArrayBuffer> {
  return concat([
    little(0x06054b50, 4),
    little(0, 4),
    little(count, 2),
    little(count, 2),
    little(size, 4),
    little(offset, 4),
    little(comment, 2),
  ]);
}

/** One archive per way in which two readers could see two things, or one reader nonsense. */
export const zipCases: readonly Case[] = [
  archive("a name twice", [A, { ...B, name: "a.npy" }], "ambiguous"),
  archive("a name twice, the second deflated", [A, { ...A, deflate: true }], "ambiguous"),
  archive(
    "local name differs",
    [
      { ...A, local: { name: "b.npy" } },
      { ...B, name: "c.npy" },
    ],
    "ambiguous",
  ),
  archive("local size differs", [{ ...A, local: { size: 7 } }, B], "ambiguous"),
  archive("local stored size differs", [{ ...A, local: { compressedSize: 7 } }, B], "ambiguous"),
  archive("local method differs", [{ ...A, local: { method: 8 } }, B], "ambiguous"),
  archive("two entries at one place", [A, { ...B, central: { offset: 0 } }], "ambiguous"),
  archive("entry that points into another", [A, { ...B, central: { offset: 4 } }], "ambiguous"),
  archive("entry past the file", [{ ...A, central: { offset: 0x7fffffff } }, B], "ambiguous"),
  archive("entry inside the directory", [{ ...A, central: { offset: CENTRAL } }, B], "ambiguous"),
  archive(
    "stored size larger than the file",
    [{ ...A, both: { compressedSize: 1 << 30, size: 1 << 30 } }, B],
    "ambiguous",
  ),
  archive("stored sizes that disagree", [{ ...A, both: { size: 100_000 } }, B], "malformed"),
  archive(
    "inflates to more than stated",
    [{ ...A, deflate: true, both: { size: A.bytes.length - 4 } }, B],
    "truncated",
  ),
  archive(
    "inflates to less than stated",
    [{ ...A, deflate: true, both: { size: A.bytes.length + 4 } }, B],
    "malformed",
    "read",
  ),
  archive(
    "deflated bytes that are none",
    [{ ...A, deflate: true, stored: new Uint8Array(40).fill(0xff) }, B],
    "malformed",
  ),
  archive("deflated bytes cut", [{ ...A, deflate: true, stored: new Uint8Array([0x4d]) }, B], "malformed"),
  archive("checksum differs", [{ ...A, both: { crc: 1 } }, B], "malformed", "read"),
  archive(
    "checksum of deflated bytes differs",
    [{ ...A, deflate: true, both: { crc: 1 } }, B],
    "malformed",
    "read",
  ),
  archive("encrypted", [{ ...A, both: { flags: 1 } }, B], "unsupported", "read"),
  archive("bzip2", [{ ...A, both: { method: 12 } }, B], "unsupported", "read"),
  archive("zip64 size without its field", [{ ...A, central: { size: 0xffffffff } }, B], "malformed"),
  archive(
    "zip64 field cut",
    [{ ...A, central: { size: 0xffffffff, extra: concat([little(1, 2), little(4, 2), little(0, 4)]) } }, B],
    "malformed",
  ),
  archive(
    "zip64 size beyond the file",
    [
      {
        ...A,
        central: { size: 0xffffffff, compressedSize: 0xffffffff, extra: zip64Extra([2n ** 60n, 2n ** 60n]) },
      },
      B,
    ],
    "malformed",
  ),
  end("fewer entries stated", { count: 1 }, "ambiguous"),
  end("more entries stated", { count: 3 }, "malformed"),
  end("counts that disagree", { countHere: 1 }, "unsupported"),
  end("another disk", { disk: 1 }, "unsupported"),
  end("directory offset past the file", { directoryOffset: 0x7fffffff }, "malformed"),
  end("directory offset wrong", { directoryOffset: 4 }, "malformed"),
  end("directory size too large", { directorySize: 1 << 20 }, "malformed"),
  end("directory size too small", { directorySize: 50 }, "malformed"),
  end("a gap before the directory", { gap: new Uint8Array(100) }, "ambiguous"),
  end("bytes after the end", { trailing: utf8("something else") }, "truncated"),
  end("comment longer than the file", { commentLength: 500 }, "truncated"),
  refusal(
    "an end record inside the comment",
    "a.npz",
    zip([A, B], { comment: endRecord(1, CENTRAL_SIZE / 2, CENTRAL) }),
    "ambiguous",
  ),
  end(
    "an end record inside the comment that ends early",
    { comment: concat([endRecord(1, CENTRAL_SIZE / 2, CENTRAL), utf8("x")]) },
    "ambiguous",
  ),
  refusal(
    "two directories",
    "a.npz",
    concat([PLAIN, PLAIN.subarray(CENTRAL, PLAIN.length - 22), endRecord(2, CENTRAL_SIZE, PLAIN.length)]),
    "ambiguous",
  ),
  end("zip64 end past the file", { zip64: true, locatorOffset: 2n ** 40n }, "malformed"),
  end("zip64 end that is none", { zip64: true, locatorOffset: 0 }, "malformed"),
  end("zip64 count of 2^60", { zip64: true, zip64Count: 2n ** 60n }, "malformed"),
  end("zip64 directory past the file", { zip64: true, zip64Offset: 2n ** 50n }, "malformed"),
  end("zip64 directory of 2^60 bytes", { zip64: true, zip64Size: 2n ** 60n }, "malformed"),
  end("zip64 and classic records that disagree", { zip64: true, count: 1 }, "ambiguous"),
  refusal("cut in the directory", "a.npz", PLAIN.slice(0, -40), "truncated"),
  refusal("cut in the data", "a.npz", PLAIN.slice(0, 200), "truncated"),
  fine("no entries", "a.npz", zip([])),
  fine(
    "extra field longer than the header",
    "a.npz",
    zip([{ ...A, central: { extra: concat([little(1, 2), little(500, 2)]) } }, B]),
  ),
  fine("a comment", "a.npz", zip([A, B], { comment: utf8("made by hand") })),
  fine("zip64 though small", "a.npz", zip([A, B], { zip64: true })),
  fine(
    "sizes behind the data",
    "a.npz",
    zip([
      { ...A, descriptor: true },
      { ...B, deflate: true, descriptor: true },
    ]),
  ),
  fine(
    "names with a path",
    "a.npz",
    zip([
      { ...A, name: "../../a.npy" },
      { ...B, name: "/b.npy" },
    ]),
  ),
];
