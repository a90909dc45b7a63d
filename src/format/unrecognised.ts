import { ReadError } from "../errors.ts";
import type { FormatRow, Probe } from "./format.ts";
import { formatTitle, formatTitles } from "./format-titles.ts";
import { OTHER_ENGINES } from "./other-engines.ts";

/** Kinds of files that are often met but hold no weights that are read, with what to do about them. */
const OTHER_KINDS: readonly {
  readonly is: (probe: Probe, text: string) => boolean;
  readonly sentence: string;
}[] = [
  {
    is: (_, text) => text.startsWith("version https://git-lfs.github.com/spec/"),
    sentence: "It is a Git LFS pointer, not the file itself: fetch the file with `git lfs pull`.",
  },
  {
    is: (_, text) => /^\s*<(!doctype html|html)/i.test(text),
    sentence:
      "It is a web page, not a weight file: download the file itself (often under “raw” or “download”).",
  },
  {
    is: (probe, text) =>
      text.startsWith("\x0c\xdb:*") ||
      text.startsWith('{"tree_metadata"') ||
      /^(_CHECKPOINT_METADATA|_METADATA|manifest\.ocdbt|\.zarray|zarr\.json)$/.test(baseOf(probe.name)),
    sentence:
      "It is a part of an Orbax checkpoint (JAX), whose arrays lie in compressed pieces over many files: convert it in Python, `from flax import serialization; open('model.msgpack', 'wb').write(serialization.to_bytes(orbax.checkpoint.StandardCheckpointer().restore(PATH)))`, and open model.msgpack.",
  },
  {
    is: ({ head }) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    sentence:
      "It is a Python pickle, but not one that PyTorch wrote (of scikit-learn, perhaps): save the weights with torch.save, as safetensors or as .npz.",
  },
  {
    is: ({ head, name }) => head[0] === 0x0a && /\.meta$/i.test(name),
    sentence:
      "It is a TensorFlow 1 graph without its weights (.meta): open the checkpoint's .index file beside it.",
  },
  {
    is: (_, text) => /^\s*(node|meta_graphs|saved_model_schema_version|library|versions)\s*[:{]/.test(text),
    sentence:
      "It is a TensorFlow graph as text (.pbtxt), which holds its weights as numbers in words: save it as binary (.pb), for example with tf.io.write_graph(…, as_text=False).",
  },
  {
    is: (_, text) => /^TFL[^3]/.test(text.slice(4, 8)),
    sentence:
      "It is a TensorFlow Lite model of a version before 3, which no current tool reads: convert it again.",
  },
  {
    is: ({ name }, text) =>
      /\.prototxt$/i.test(name) || /^\s*(#[^\n]*\n\s*)*(name\s*:\s*"|layers?\s*\{|input\s*:\s*")/.test(text),
    sentence:
      "It is a Caffe net as text (.prototxt), which holds no weights: open the .caffemodel beside it.",
  },
  {
    is: (_, text) => text.slice(4, 8) === "ORTM",
    sentence:
      "It is a model in ONNX Runtime's own ORT format (.ort), which is not read: open the .onnx file that it was made from.",
  },
  ...OTHER_ENGINES,
  {
    is: ({ head }) => head[0] === 0x1f && head[1] === 0x8b,
    sentence: "It is the beginning of a file compressed with gzip: there is nothing to decompress.",
  },
  {
    is: (_, text) => text.startsWith("\xfd7zXZ\0"),
    sentence: "It is compressed with xz: decompress it first (unxz).",
  },
  {
    is: (_, text) => text.startsWith("BZh"),
    sentence: "It is compressed with bzip2: decompress it first (bunzip2).",
  },
  {
    is: (_, text) => text.startsWith("\x28\xb5\x2f\xfd"),
    sentence: "It is compressed with Zstandard: decompress it first (unzstd).",
  },
  {
    is: (_, text) => text.startsWith("7z\xbc\xaf\x27\x1c") || text.startsWith("Rar!"),
    sentence: "It is an archive that Kernelscope does not unpack: unpack it first.",
  },
];

function baseOf(name: string): string {
  return name.replace(/^.*[/\\]/, "");
}

/** The error for a file that no row of the table takes: what it is instead, as far as its bytes tell. */
export function unrecognised(probe: Probe, formats: readonly FormatRow[]): ReadError {
  const text = new TextDecoder("latin1").decode(probe.head.subarray(0, 256));
  const other = OTHER_KINDS.find(({ is }) => is(probe, text));
  if (other !== undefined)
    return new ReadError("unsupported", `${other.sentence} Kernelscope reads ${formatTitles()}.`);
  const first = [...probe.head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const name = probe.name.toLowerCase();
  const named = formats.find((row) => row.extensions.some((extension) => name.endsWith(`.${extension}`)));
  const whose =
    named === undefined
      ? "of no kind that Kernelscope reads"
      : `named like ${formatTitle(named.name)}, but does not begin like one`;
  return new ReadError(
    "unsupported",
    `The file is ${whose}: its first bytes are ${first}. Kernelscope reads ${formatTitles()}.`,
  );
}
