import { npy } from "../writers/npy.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";
import { type Case, fine, refusal, swapText } from "./case.ts";

const KERNEL = float32Weight("kernel", [3, 3, 2, 4], { length: 72 });
const HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3, 2, 4), }";
const WHOLE = npy(KERNEL);

/** An array with this header text. */
function header(name: string, text: string, code: Case["code"] & string = "malformed"): Case {
  return refusal(name, "a.npy", npy(KERNEL, { header: text }), code);
}

/** The header with one part replaced. */
function lie(name: string, from: string, to: string, code: Case["code"] & string = "malformed"): Case {
  return header(name, swapText(HEADER, from, to), code);
}

/** WHOLE with one byte changed. */
function patched(at: number, value: number): Uint8Array<ArrayBuffer> {
  const file = WHOLE.slice();
  file[at] = value;
  return file;
}

/** One file per rule of the format and per way to break it. */
export const numpyCases: readonly Case[] = [
  refusal("only the magic", "a.npy", WHOLE.slice(0, 6), "truncated"),
  refusal("header cut", "a.npy", WHOLE.slice(0, 40), "truncated"),
  refusal("data one byte short", "a.npy", WHOLE.slice(0, -1), "truncated"),
  refusal("no data", "a.npy", WHOLE.slice(0, 128), "truncated"),
  refusal("version 9", "a.npy", patched(6, 9), "unsupported"),
  refusal("version 1.7", "a.npy", patched(7, 7), "unsupported"),
  refusal("header length past the file", "a.npy", npy(KERNEL, { headerLength: 60_000 }), "truncated"),
  refusal("header of 4 GB", "a.npy", npy(KERNEL, { version: 2, headerLength: 0xffffffff }), "limit"),
  fine("another array behind it", "a.npy", concat([WHOLE, WHOLE])),
  header("not a dict", "[1, 2, 3]"),
  header("nothing", ""),
  header("code", "__import__('os').system('true')"),
  header("code for a shape", swapText(HEADER, "(3, 3, 2, 4)", "tuple([3]*4)")),
  header("code for a descr", swapText(HEADER, "'<f4'", "str('<f4')")),
  lie("shape twice", "'shape'", "'shape': (1,), 'shape'", "ambiguous"),
  lie("descr twice", "'descr'", "'descr': '<i4', 'descr'", "ambiguous"),
  lie("an unknown key", "'shape'", "'x': 1, 'shape'"),
  lie("no shape", "'shape': (3, 3, 2, 4), ", ""),
  lie("no descr", "'descr': '<f4', ", ""),
  lie("order Maybe", "False", "Maybe"),
  lie("order 0", "False", "0"),
  lie("negative extent", "(3,", "(-3,"),
  lie("fractional extent", "(3,", "(3.5,"),
  lie("extent 1e3", "(3,", "(1e3,"),
  lie("hexadecimal extent", "(3,", "(0x3,"),
  lie("extent NaN", "(3,", "(nan,"),
  lie("extents that overflow", "(3, 3,", "(4294967296, 4294967296,"),
  fine(
    "no values, by a zero among huge extents",
    "a.npy",
    npy({ ...KERNEL, shape: [2 ** 32, 2 ** 32, 0], bytes: new Uint8Array() }),
  ),
  lie("extent of 400 digits", "(3,", `(${"9".repeat(400)},`),
  lie("shape that is a number", "(3, 3, 2, 4)", "72"),
  lie("shape that is a list", "(3, 3, 2, 4)", "[3, 3, 2, 4]"),
  lie("shape in brackets only", "(3, 3, 2, 4)", "(72)"),
  lie("shape larger than the data", "(3,", "(300,", "truncated"),
  lie("65 axes", "(3,", `(${"1, ".repeat(65)}`, "limit"),
  lie("pickled objects", "'<f4'", "'|O'", "unsupported"),
  lie("a descr of 10,000 letters", "'<f4'", `'${"f".repeat(10_000)}'`),
  header("10,000 nested brackets", swapText(HEADER, "'<f4'", "[".repeat(10_000))),
  refusal("the wrong magic", "a.npy", concat([utf8("\x93NUMPX"), WHOLE.subarray(6)]), "unsupported"),
];
