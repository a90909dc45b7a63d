import { fromBytes, readKernel } from "kernelscope";
import { withModel } from "../observe.ts";
import { ordered, torchEntries, torchTensor, torchZip } from "../writers/torch.ts";
import { concat, float32Weight, little, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import type { LimitTest } from "./cases.ts";

const code = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

/** Opens a PyTorch file whose pickle runs these instructions and is None in the end. */
async function opened(...instructions: readonly Uint8Array[]): Promise<string | null> {
  const file = torchZip(concat([code(0x80, 2), ...instructions, utf8("N.")]), []);
  return withModel(fromBytes(file, "a.pt"), async () => null);
}

/** Estimated bytes of an empty dict on the stack, of bytes without a length, and of None. */
const [DICT, BYTES, NONE] = [416, 288, 16];

/** Dicts and bytes that are made and dropped, and together are estimated at exactly `amount`. */
function spending(amount: number): Uint8Array {
  const dicts = Math.floor((amount - NONE - BYTES) / DICT);
  const length = amount - NONE - BYTES - dicts * DICT;
  const dropped = new Uint8Array(dicts * 2).map((_, at) => (at % 2 === 0 ? 0x7d : 0x30));
  return concat([dropped, code(0x42), little(length, 4), new Uint8Array(length), code(0x30)]);
}

/** A file that lists one tensor so many times. */
async function tensors(count: number): Promise<string | null> {
  const tensor = torchTensor(float32Weight("x", [2], [1, 2]), "0");
  const recalled = new Uint8Array(2 * (count - 1)).map((_, at) => (at % 2 === 0 ? 0x68 : 0));
  const file = torchZip({ list: [{ remember: 0, value: tensor.node }, { raw: recalled }] }, [tensor]);
  return withModel(fromBytes(file, "a.pt"), async () => null);
}

/** Reads a kernel of nine bytes in a deflated storage of this size. */
async function inflated(size: number): Promise<string | null> {
  const tensor = torchTensor(
    { name: "x", dtype: "uint8", shape: [1, 1, 3, 3], bytes: new Uint8Array(9) },
    "0",
    {},
    { count: size },
  );
  const entries = torchEntries(ordered([["conv.weight", tensor.node]]), [
    { ...tensor, bytes: new Uint8Array(size) },
  ]);
  const file = zip(entries.map((entry) => ({ ...entry, deflate: true })));
  return withModel(fromBytes(file, "a.pt"), async ({ layers }) => {
    await readKernel(layers[0]!);
    return null;
  });
}

/** Limits of pickles. */
export const pickleLimits: readonly LimitTest[] = [
  {
    constant: "PICKLE_LINE_MAX",
    passed: "limit",
    meets: (amount) => opened(utf8(`V${"a".repeat(amount)}\n0`)),
  },
  {
    constant: "PICKLE_INTEGER_MAX",
    passed: "limit",
    meets: (amount) => opened(code(0x8b), little(amount, 4), new Uint8Array(amount), code(0x30)),
  },
  { constant: "TENSORS_MOST", passed: "limit", meets: tensors },
  { constant: "TORCH_INFLATED_MOST", passed: "limit", meets: inflated },
  { constant: "PICKLE_MEMORY_MAX", passed: "limit", meets: (amount) => opened(spending(amount)) },
];
