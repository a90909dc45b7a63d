import { type Pickled, pickle } from "../writers/pickle.ts";
import {
  ordered,
  pickledStateDict,
  type StreamLies,
  stateDict,
  type TensorLies,
  torchEntries,
  torchStream,
  torchTensor,
  torchZip,
} from "../writers/torch.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { type ZipEntry, zip } from "../writers/zip.ts";
import { type Case, fine, refusal } from "./case.ts";

const ZIP = "a.pt";
const STREAM = "a.pth";
const PKL = "a.pkl";
const KERNEL = float32Weight("conv.weight", [2, 1, 3, 3], { length: 18 });
const BIAS = float32Weight("conv.bias", [2], { length: 2 });
const { root: ROOT, tensors: TENSORS } = stateDict([KERNEL, BIAS]);
const ENTRIES = torchEntries(ROOT, TENSORS);

/** A file whose kernel says something else; the bytes of its storage stay. */
function lie(
  name: string,
  lies: TensorLies,
  code: Case["code"] & string,
  at: "open" | "read" = "open",
): Case {
  const kernel = torchTensor(KERNEL, "0", {}, lies);
  const root = ordered([
    [KERNEL.name, kernel.node],
    [BIAS.name, TENSORS[1]!.node],
  ]);
  return refusal(name, ZIP, torchZip(root, [kernel, TENSORS[1]!]), code, at);
}

/** An archive of other entries. */
function archive(
  name: string,
  change: (entries: readonly ZipEntry[]) => readonly ZipEntry[],
  code: Case["code"] & string,
  at: "open" | "read" = "open",
): Case {
  return refusal(name, ZIP, zip(change(ENTRIES)), code, at);
}

/** An archive whose pickle is this. */
function pickled(name: string, value: Pickled | Uint8Array, code: Case["code"] & string): Case {
  return refusal(name, ZIP, torchZip(value, TENSORS), code);
}

function stream(
  name: string,
  lies: StreamLies,
  code: Case["code"] & string,
  at: "open" | "read" = "open",
): Case {
  return refusal(name, STREAM, torchStream(ROOT, TENSORS, lies), code, at);
}

const replaced =
  (name: string, bytes: Uint8Array) =>
  (entries: readonly ZipEntry[]): readonly ZipEntry[] =>
    entries.map((entry) => (entry.name === `archive/${name}` ? { ...entry, bytes } : entry));
const without =
  (name: string) =>
  (entries: readonly ZipEntry[]): readonly ZipEntry[] =>
    entries.filter((entry) => entry.name !== `archive/${name}`);
const GOOD_PICKLE = pickle(ROOT);

/** A list that holds the list before it twice, sixty deep: 2^60 paths. */
function bomb(): Pickled {
  let value: Pickled = { remember: 0, value: { list: [] } };
  for (let i = 1; i <= 60; i++) value = { remember: i, value: { list: [value, { recall: i - 1 }] } };
  return value;
}

/** PyTorch files that contradict themselves or can be read in two ways. */
export const torchCases: readonly Case[] = [
  archive("two pickles of one name", (entries) => [...entries, entries[0]!], "ambiguous"),
  archive("a storage twice", (entries) => [...entries, entries[2]!], "ambiguous"),
  archive(
    "two folders with a pickle",
    (entries) => [...entries, { name: "other/data.pkl", bytes: GOOD_PICKLE }],
    "ambiguous",
  ),
  archive(
    "a pickle beside the folder",
    (entries) => [...entries, { name: "data.pkl", bytes: GOOD_PICKLE }],
    "ambiguous",
  ),
  archive("a missing storage", without("data/0"), "malformed"),
  archive("a storage one byte short", replaced("data/0", TENSORS[0]!.bytes.slice(1)), "malformed"),
  archive("an empty storage", replaced("data/0", new Uint8Array()), "malformed"),
  archive("a byte order that is none", replaced("byteorder", utf8("middle")), "malformed"),
  archive("a byte order of a megabyte", replaced("byteorder", new Uint8Array(1 << 20)), "malformed"),
  archive(
    "a deflated storage that is longer",
    (entries) =>
      entries.map((entry) =>
        entry.name === "archive/data/0" ? { ...entry, bytes: new Uint8Array(1 << 20), deflate: true } : entry,
      ),
    "malformed",
  ),
  archive(
    "a storage that does not match its checksum",
    (entries) =>
      entries.map((entry) => (entry.name === "archive/data/0" ? { ...entry, both: { crc: 1 } } : entry)),
    "malformed",
    "read",
  ),
  archive("an empty pickle", replaced("data.pkl", new Uint8Array()), "truncated"),
  archive("a pickle cut short", replaced("data.pkl", GOOD_PICKLE.slice(0, -9)), "truncated"),
  archive("bytes after the pickle", replaced("data.pkl", concat([GOOD_PICKLE, GOOD_PICKLE])), "ambiguous"),
  archive("a pickle of noise", replaced("data.pkl", new Uint8Array(400).fill(0xff)), "malformed"),
  archive(
    "a deflated pickle of 65 MiB",
    (entries) =>
      entries.map((entry) =>
        entry.name === "archive/data.pkl"
          ? { ...entry, bytes: new Uint8Array(65 << 20), deflate: true }
          : entry,
      ),
    "limit",
  ),
  pickled("protocol 6", pickle(ROOT, 6), "unsupported"),
  pickled("out-of-band buffers", { list: [{ raw: Uint8Array.of(0x97) }] }, "unsupported"),
  pickled("a text of 4 GB", { raw: Uint8Array.of(0x58, 255, 255, 255, 255, 65) }, "truncated"),
  pickled("bytes of 2^63", { raw: Uint8Array.of(0x8e, 0, 0, 0, 0, 0, 0, 0, 128, 65) }, "truncated"),
  pickled(
    "an integer of a megabyte",
    { raw: concat([Uint8Array.of(0x8b, 0, 0, 16, 0), new Uint8Array(1 << 20)]) },
    "limit",
  ),
  pickled(
    "a million dicts",
    { raw: concat([Uint8Array.of(0x28), new Uint8Array(1e6).fill(0x7d), Uint8Array.of(0x6c)]) },
    "limit",
  ),
  pickled("a million marks", { raw: new Uint8Array(1e6).fill(0x28) }, "limit"),
  lie(
    "a view larger than its storage",
    { size: { tuple: [2, 1, 3, 4] }, stride: { tuple: [12, 12, 4, 1] } },
    "malformed",
  ),
  lie("a stride beyond the storage", { stride: { tuple: [9, 9, 3, 2] } }, "malformed"),
  lie("an offset beyond the storage", { offset: 1 }, "malformed"),
  lie("an offset of 2^62", { offset: 2n ** 62n }, "malformed"),
  lie("a negative offset", { offset: -1 }, "malformed"),
  lie("a negative size", { size: { tuple: [-2, -1, 3, 3] } }, "malformed"),
  lie("a negative stride", { stride: { tuple: [-9, 9, 3, 1] } }, "malformed"),
  lie(
    "a size of 2^96 values",
    { size: { tuple: [2 ** 32, 2 ** 32, 2 ** 32, 1] }, stride: { tuple: [0, 0, 0, 0] } },
    "malformed",
  ),
  lie("a fractional size", { size: { tuple: [{ float: 2.5 }, 1, 3, 3] } }, "malformed"),
  lie("fewer strides than sizes", { stride: { tuple: [9, 3, 1] } }, "malformed"),
  lie("a size that is text", { size: "2133" }, "malformed"),
  lie("a size that is a dict", { size: { dict: [] } }, "malformed"),
  lie(
    "an expanded view",
    { size: { tuple: [200, 100, 3, 3] }, stride: { tuple: [0, 0, 3, 1] } },
    "unsupported",
    "read",
  ),
  lie("a storage of no class", { storage: { global: ["os", "FloatStorage"] } }, "malformed"),
  lie("a storage that is a function", { storage: { global: ["torch", "load"] } }, "malformed"),
  lie("a storage of half the elements", { count: 9 }, "malformed"),
  lie("a storage of 2^60 elements", { count: 2n ** 60n }, "malformed"),
  lie("a negative number of elements", { count: -18 }, "malformed"),
  lie(
    "a storage twice, of two dtypes",
    {
      key: "1",
      count: 2,
      size: { tuple: [2] },
      stride: { tuple: [1] },
      storage: { global: ["torch", "IntStorage"] },
    },
    "ambiguous",
  ),
  lie("a key with a path", { key: "../data/0" }, "malformed"),
  lie("an absolute key", { key: "/etc/passwd" }, "malformed"),
  lie("a key with a NUL", { key: "0\0" }, "malformed"),
  lie("a key that is a tuple", { key: { tuple: ["0"] } }, "malformed"),
  stream("trailing bytes", { trailing: new Uint8Array(3) }, "malformed"),
  stream("a second stream behind it", { trailing: torchStream(ROOT, TENSORS) }, "malformed"),
  stream("another version", { version: 1002 }, "unsupported"),
  stream("a storage less in the list", { keys: { list: ["0"] } }, "malformed"),
  stream("a storage twice in the list", { keys: { list: ["0", "0", "1"] } }, "malformed"),
  stream("a storage that nothing needs", { keys: { list: ["0", "1", "2"] } }, "malformed"),
  stream("a list of keys that is none", { keys: 2 }, "malformed"),
  stream("another number of elements", { counts: [17, 2] }, "malformed", "read"),
  stream("2^63 elements", { counts: [2n ** 63n, 2] }, "malformed", "read"),
  refusal("a stream cut inside a storage", STREAM, torchStream(ROOT, TENSORS).slice(0, -3), "truncated"),
  refusal("a stream cut inside its pickles", STREAM, torchStream(ROOT, TENSORS).slice(0, 300), "truncated"),
  refusal(
    "a pickle of another library's object",
    PKL,
    pickle({ call: { global: ["sklearn.svm", "SVC"] }, made: true, state: { dict: [] } }),
    "unsupported",
  ),
  refusal("a pickle of numbers", PKL, pickle({ list: [1, 2] }), "unsupported"),
  refusal(
    "a pickled storage cut short",
    PKL,
    pickle(pickledStateDict([KERNEL], (stream) => stream.slice(0, -1))),
    "truncated",
  ),
  refusal(
    "a pickled storage that is a list",
    PKL,
    pickle(pickledStateDict([KERNEL], () => torchStream({ list: [] }, []))),
    "malformed",
  ),
  refusal(
    "a pickled storage that is no stream",
    PKL,
    pickle(pickledStateDict([KERNEL], () => pickle(7))),
    "malformed",
  ),
  refusal(
    "a pickled storage in a pickled storage",
    PKL,
    pickle(pickledStateDict([KERNEL], () => torchStream(pickledStateDict([KERNEL]), []))),
    "malformed",
  ),
  fine(
    "a second pickle behind the first",
    PKL,
    concat([pickle(pickledStateDict([KERNEL])), pickle(1)]),
    "only that one",
  ),
  fine(
    "lists with 2^60 paths beside a kernel",
    ZIP,
    torchZip(
      {
        dict: [
          ["deep", bomb()],
          ["state_dict", ROOT],
        ],
      },
      TENSORS,
    ),
  ),
  fine(
    "lists nested 200,000 deep beside a kernel",
    ZIP,
    torchZip(
      {
        dict: [
          ["deep", { raw: concat([new Uint8Array(200_000).fill(0x5d), new Uint8Array(199_999).fill(0x61)]) }],
          ["state_dict", ROOT],
        ],
      },
      TENSORS,
    ),
    "nested deeper",
  ),
  fine(
    "a list that holds itself beside a kernel",
    ZIP,
    torchZip(
      {
        dict: [
          ["loop", { list: [{ raw: Uint8Array.of(0x5d, 0x71, 0, 0x68, 0, 0x61) }] }],
          ["state_dict", ROOT],
        ],
      },
      TENSORS,
    ),
  ),
  fine(
    "code beside a kernel",
    ZIP,
    torchZip(
      {
        dict: [
          ["hook", { call: { global: ["os", "system"] }, args: ["true"] }],
          ["state_dict", ROOT],
        ],
      },
      TENSORS,
    ),
    "os.system",
  ),
  fine(
    "checksums that were not computed",
    ZIP,
    zip(ENTRIES.map((entry) => ({ ...entry, both: { crc: 0 } }))),
  ),
];
