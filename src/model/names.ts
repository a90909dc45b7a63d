/** A tensor's name, taken apart as frameworks put it together. */
export interface TensorName {
  /** The layer: all but the last part; the whole name when there is only one part. */
  readonly layer: string;
  /** The last part, such as `weight` or `depthwise_kernel`. */
  readonly leaf: string;
  /** What the names of the layer's other tensors begin with: the layer and its separator. */
  readonly prefix: string;
  /** Lower-case words of the nearest part of the layer that has any: `deconv` of `up.deconv.0`. */
  readonly own: ReadonlySet<string>;
  /** Lower-case words of the whole name. */
  readonly words: ReadonlySet<string>;
}

/** Leaves that some frameworks join with an underscore: `conv0_weight`. */
const JOINED_LEAF = /^(.+)_(weight|weights|kernel|bias|biases|gamma|beta)$/;

/** Splits a tensor's name into layer and leaf; a trailing `:0` of TensorFlow is not part of it. */
export function readTensorName(name: string): TensorName {
  const plain = name.includes(":") ? name.replace(/:\d+$/, "") : name;
  const cut = Math.max(plain.lastIndexOf("."), plain.lastIndexOf("/"));
  const joined = cut > 0 ? null : JOINED_LEAF.exec(plain);
  if (joined !== null) return parts(plain, joined[1]!, joined[2]!, "_");
  if (cut <= 0) return parts(plain, plain, plain, "");
  return parts(plain, plain.slice(0, cut), plain.slice(cut + 1), plain.charAt(cut));
}

function parts(plain: string, path: string, leaf: string, separator: string): TensorName {
  // PyTorch keeps a reparametrised weight one level deeper than the layer's bias.
  const layer = path.endsWith(REPARAMETRISED) ? path.slice(0, -REPARAMETRISED.length) : path;
  const prefix = separator === "" ? "" : `${layer}${separator}`;
  // Most names of a file are never asked for their words, and splitting them is what costs.
  let own: ReadonlySet<string> | undefined;
  let words: ReadonlySet<string> | undefined;
  return {
    layer,
    leaf,
    prefix,
    get own() {
      own ??= nearestWords(layer);
      return own;
    },
    get words() {
      words ??= wordsOf(plain.slice(-1000));
      return words;
    },
  };
}

const REPARAMETRISED = ".parametrizations.weight";

/** The words of the last part that has any. A hostile name may have a million parts; the nearest few decide. */
function nearestWords(layer: string): ReadonlySet<string> {
  const nearest = layer.slice(-400);
  for (let end = nearest.length; end > 0; ) {
    const start = Math.max(nearest.lastIndexOf(".", end - 1), nearest.lastIndexOf("/", end - 1));
    const words = wordsOf(nearest.slice(start + 1, end));
    if (words.size > 0) return words;
    end = start;
  }
  return new Set();
}

/** Words split at separators, digits and capitals: `ConvTranspose_0` has `conv` and `transpose`. */
function wordsOf(text: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const word of text.match(/[A-Z]+[a-z]*|[a-z]+/g) ?? []) words.add(word.toLowerCase());
  return words;
}

/** Whether `words` hold any of `wanted`. */
export function hasWord(words: ReadonlySet<string>, ...wanted: readonly string[]): boolean {
  return wanted.some((word) => words.has(word));
}

/** Whether `words` say that a layer is a depthwise convolution. */
export function saysDepthwise(words: ReadonlySet<string>): boolean {
  return (
    hasWord(words, "dw", "depthwise", "dwconv", "convdw", "dwise") ||
    (words.has("depth") && words.has("wise"))
  );
}

/** Whether `words` say that a layer is a transposed convolution. */
export function saysTransposed(words: ReadonlySet<string>): boolean {
  return hasWord(
    words,
    "deconv",
    "deconvolution",
    "transpose",
    "transposed",
    "convtranspose",
    "tconv",
    "upconv",
    "convt",
  );
}

/** Whether `words` say that a layer is some convolution. */
export function saysConvolution(words: Iterable<string>): boolean {
  for (const word of words)
    if (/conv|^cnn$|^downsample$|^dw$|^pw$|depthwise|pointwise/.test(word)) return true;
  return false;
}

/** Parts of names that only optimizer state has. */
const OPTIMIZER_PART =
  /(^|[./])(exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer|opt_state|optimizer|optimizer_state)([./]|$)/;

/** Whether a name belongs to an optimizer's state: moments have the shapes of the kernels they belong to. */
export function isOptimizerName(name: string): boolean {
  return OPTIMIZER_PART.test(name);
}

/** Orders names as people count: `conv2` before `conv10`. */
export function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    const numeric = /^\d/.test(x) && /^\d/.test(y) ? compareDigits(x, y) : 0;
    if (numeric !== 0) return numeric;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

function compareDigits(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  if (x.length !== y.length) return x.length - y.length;
  return x < y ? -1 : x > y ? 1 : 0;
}
