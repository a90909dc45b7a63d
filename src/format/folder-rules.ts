import type { FolderEntry } from "../source/source.ts";
import { formats } from "./formats.ts";

/** A rule by which the main file of a model's folder is known. */
interface FolderRule {
  /** Whether `name` is such a file; `names` are all files beside it. */
  is(name: string, names: ReadonlySet<string>): boolean;
}

/** Names that frameworks give to what is no model: what a training goes on from. */
const NO_MODEL =
  /^(optimizer|scheduler|scaler|training_args|rng_state\S*|random_states\S*|dataset_info)\.(pt|pth|bin|json|pkl|safetensors)$/;

const named = (...wanted: readonly string[]): FolderRule => ({ is: (name) => wanted.includes(name) });
const ending = (pattern: RegExp): FolderRule => ({ is: (name) => pattern.test(name) });

/** `variables.index` with its `variables.data-00000-of-00001`. */
function isCheckpointIndex(name: string, names: ReadonlySet<string>): boolean {
  const stem = /^(.+)\.index$/.exec(name)?.[1];
  if (stem === undefined) return false;
  for (const other of names) {
    if (other.startsWith(`${stem}.data-`) && /-of-\d+$/.test(other)) return true;
  }
  return false;
}

/**
 * The rules in their order: the first that fits any file decides. A whole model comes before bare weights, an index
 * before the shards it names, safetensors before what other frameworks have of the same weights.
 */
const FOLDER_RULES: readonly FolderRule[] = [
  named("saved_model.pb", "saved_model.pbtxt"),
  named("model.json"),
  ending(/weights_manifest\.json$/),
  { is: (name, names) => name === "config.json" && names.has("model.weights.h5") },
  ending(/\.safetensors\.index(\.[\w-]+)?\.json$/),
  named("model.safetensors"),
  named("diffusion_pytorch_model.safetensors"),
  named("adapter_model.safetensors"),
  ending(/\.weights\.json$/),
  named("Manifest.json"),
  ending(/\.onnx$/i),
  { is: (name, names) => /\.xml$/i.test(name) && names.has(name.replace(/\.xml$/i, ".bin")) },
  {
    is: (name, names) =>
      /\.(pdmodel|json)$/i.test(name) && names.has(name.replace(/\.(pdmodel|json)$/i, ".pdiparams")),
  },
  named("flax_model.msgpack"),
  ending(/\.bin\.index\.json$/),
  named("pytorch_model.bin", "diffusion_pytorch_model.bin", "adapter_model.bin"),
  named("tf_model.h5"),
  { is: isCheckpointIndex },
  named("manifest.ocdbt", "_METADATA"),
  { is: isWeightFile },
];

/** Endings that data and settings have as well as weights: alone they say nothing. */
const UNTELLING: readonly string[] = ["json", "bin", "xml", "index", "txt", "cfg", "pbtxt", "data"];

function isWeightFile(name: string): boolean {
  const lower = name.toLowerCase();
  return formats.some(({ extensions }) =>
    extensions.some((extension) => !UNTELLING.includes(extension) && lower.endsWith(`.${extension}`)),
  );
}

/** Precisions and copies that hubs keep beside the weights themselves, written before the ending. */
const VARIANT = /[._](fp16|fp32|bf16|fp8|int8|non_ema|ema)(?=\.)/;

/**
 * The files that could be the model of a folder: those of the first rule that fits any, without variants (`.fp16`)
 * of a file that is there itself. Hidden files and what goes with optimizers are passed over.
 */
export function mainFiles(entries: readonly FolderEntry[]): readonly string[] {
  const names = new Set<string>();
  for (const { name, kind } of entries) {
    if (kind === "file" && !name.startsWith(".") && !NO_MODEL.test(name)) names.add(name);
  }
  for (const rule of FOLDER_RULES) {
    const found = [...names].filter((name) => rule.is(name, names));
    if (found.length > 0) return withoutVariants(found);
  }
  return [];
}

function withoutVariants(found: readonly string[]): readonly string[] {
  const plain = found.filter((name) => !VARIANT.test(name));
  return found.filter((name) => plain.includes(name) || !plain.includes(name.replace(VARIANT, "")));
}
