import { ReadError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isAxisOrder } from "./axis-order.ts";
import { type Convention, conventionOrder, GUESSED_EXTENT_MAX, guessConvention } from "./guess-order.ts";
import { convLayer, type LayerFacts } from "./layers.ts";
import { noteLora } from "./lora.ts";
import type { ConvLayer, Evidence } from "./model.ts";
import { hasWord, readTensorName, saysConvolution, saysTransposed, type TensorName } from "./names.ts";
import { whyNoKernel } from "./not-kernels.ts";
import { recogniseKeras } from "./recognise-keras.ts";
import { biasOf, type Neighbours, oneInput, type Recognised, recogniseTorch } from "./recognise-torch.ts";
import { torchNorms } from "./torch-norms.ts";

/** How convolutions are looked for in a file without a graph. */
export interface FindLayersOptions {
  /** What the user said: axis letters, `keras` or `torch`. */
  readonly axisOrder?: string | undefined;
  /** What the file says about all its kernels; null when it says nothing. */
  readonly convention?: Convention | null | undefined;
  /**
   * What names say: `axes` (a framework gave them; default), `hints` (the user's own: they pair biases and rule
   * tensors out, but the axes are told by the shape), or `nothing` (a file name).
   */
  readonly names?: "axes" | "hints" | "nothing" | undefined;
}

/** The convolutions among some tensors. */
export interface FoundLayers {
  readonly layers: readonly ConvLayer[];
  /** Tensors of rank 3 to 5 that were left out. */
  readonly rejected: readonly { readonly tensor: Tensor; readonly reason: string }[];
  readonly notes: readonly string[];
}

/**
 * Finds the convolution kernels among `tensors` (in network order) by name and shape, for files that hold no
 * graph. Every layer says by its evidence how it was recognised, and in a note what had to be assumed.
 *
 * @throws ReadError `bad-option` when the axis order is none, or fits no tensor.
 */
export function findLayers(tensors: readonly Tensor[], options: FindLayersOptions = {}): FoundLayers {
  const told = readAxisOption(options.axisOrder);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const candidates = tensors.filter((tensor) => tensor.shape.length >= 3 && tensor.shape.length <= 5);
  if (told.letters !== null) assertFitsSome(told.letters, candidates, tensors);
  const names = options.names ?? "axes";
  const majority = options.convention ?? (names === "axes" ? null : majorityConvention(candidates));
  const facts: LayerFacts[] = [];
  const rejected: { tensor: Tensor; reason: string }[] = [];
  let previous: LayerFacts | null = null;
  const neighbours: Neighbours = {
    byName,
    // Few kernels ask for it.
    get previousOut() {
      return previous === null ? null : convLayer(previous, 0).shape[0];
    },
  };
  const context: Context = { told, majority, options, neighbours };
  for (const tensor of candidates) {
    const name = readTensorName(names === "nothing" ? "" : tensor.name);
    // Who spells out the axes of an array in a NumPy file knows better than its name.
    const spelled = names !== "axes" && told.letters?.length === tensor.shape.length;
    const reason = whyNoKernel(tensor, spelled ? readTensorName("") : name, byName);
    const found: LayerFacts | string = reason ?? recognise(tensor, name, context);
    if (typeof found === "string") rejected.push({ tensor, reason: found });
    else {
      facts.push(found);
      previous = found;
    }
  }
  // In NumPy files the whole name is the user's own.
  const named =
    names !== "axes" ? facts.map((fact) => ({ ...fact, name: fact.kernel.name })) : distinctNames(facts);
  const norms = names === "axes" ? torchNorms(named, byName) : null;
  const layers = named.map((fact, index) => {
    const batchNorm = norms?.get(fact);
    return convLayer(noteLora(batchNorm === undefined ? fact : { ...fact, batchNorm }), index);
  });
  return { layers, rejected, notes: noteGuesses(layers) };
}

/** `--axis-order`, read. */
interface AxisOption {
  readonly letters: string | null;
  readonly convention: Convention | null;
}

interface Context {
  readonly told: AxisOption;
  readonly majority: Convention | null;
  readonly options: FindLayersOptions;
  readonly neighbours: Neighbours;
}

function readAxisOption(option: string | undefined): AxisOption {
  if (option === undefined) return { letters: null, convention: null };
  const word = option.toLowerCase();
  if (word === "keras" || word === "torch") return { letters: null, convention: word };
  const letters = option.toUpperCase();
  if (isAxisOrder(letters)) return { letters, convention: null };
  throw new ReadError(
    "bad-option",
    `The axis order ${JSON.stringify(option)} is none: expected keras, torch, or one letter per stored axis out of O, I (or I, M), D, H, W, such as OIHW or DHWIO.`,
  );
}

function assertFitsSome(letters: string, candidates: readonly Tensor[], tensors: readonly Tensor[]): void {
  if (candidates.some((tensor) => tensor.shape.length === letters.length)) return;
  const shapes = tensors.slice(0, 3).map((tensor) => `[${tensor.shape.join(", ")}]`);
  const found =
    tensors.length === 0 ? "no tensors" : `${shapes.join(", ")}${tensors.length > 3 ? ", …" : ""}`;
  throw new ReadError(
    "bad-option",
    `The axis order ${letters} needs a tensor with ${letters.length} axes, but the file holds ${found}: give one letter per stored axis.`,
  );
}

/** The convention of the file as a whole, by the shapes that leave no doubt; null when they disagree or are silent. */
function majorityConvention(candidates: readonly Tensor[]): Convention | null {
  const votes = { torch: 0, keras: 0 };
  for (const tensor of candidates) {
    const guess = guessConvention(tensor.shape);
    if (guess?.decided === true && guess.convention !== "mlx") votes[guess.convention] += 1;
  }
  return votes.torch > votes.keras ? "torch" : votes.keras > votes.torch ? "keras" : null;
}

function recognise(tensor: Tensor, name: TensorName, context: Context): LayerFacts | string {
  const { told, options, neighbours } = context;
  const named = options.names === "hints" || options.names === "nothing" ? null : conventionByLeaf(name);
  const evidence: Evidence =
    named !== null && (tensor.shape.length > 3 || saysConvolution(name.own)) ? "name" : "shape";
  if (told.letters?.length === tensor.shape.length) {
    return layerFacts(tensor, name, evidence, byLetters(told.letters, tensor, name, neighbours));
  }
  const stated = told.convention ?? options.convention ?? null;
  const guess = guessConvention(tensor.shape);
  if (stated === null && evidence === "shape") {
    const reason = whyUnlikely(tensor, name, named, guess !== null, (options.names ?? "axes") === "axes");
    if (reason !== null) return reason;
  }
  // What a file says of all its kernels says nothing of which tensors are kernels: rank 3 has many other uses.
  if (told.convention === null && evidence === "shape" && stated !== null && tensor.shape.length === 3) {
    const trusted = (options.names ?? "axes") !== "axes" || saysConvolution(name.words);
    if (!trusted) return `It is a rank-3 tensor, and its name does not say that it is a convolution.`;
  }
  const guessed =
    guess?.decided === false
      ? (context.majority ?? conventionByLeaf(name) ?? guess.convention)
      : guess?.convention;
  const convention = stated ?? named ?? guessed ?? "torch";
  const found = byConvention(convention, tensor, name, neighbours);
  if (stated !== null || evidence === "name") return layerFacts(tensor, name, evidence, found);
  const assumed =
    named === null
      ? assumedOrder(found.axisOrder)
      : "Its name does not say that it is a convolution; it was taken for one by its shape.";
  return layerFacts(tensor, name, evidence, { ...found, note: join(assumed, found.note) });
}

function assumedOrder(order: string): string {
  return `The file names no axes: ${order} was assumed by the shape; say --axis-order (axisOrder) if it is another one.`;
}

function byConvention(
  convention: Convention,
  tensor: Tensor,
  name: TensorName,
  neighbours: Neighbours,
): Recognised {
  if (convention === "torch") return recogniseTorch(tensor, name, neighbours);
  if (convention === "keras") return recogniseKeras(tensor, name, neighbours);
  return byLetters(conventionOrder("mlx", tensor.shape.length), tensor, name, neighbours);
}

/** A kernel whose order is stated: the letters tell depthwise (`M`) and, by the order of I and O, transposed. */
function byLetters(order: string, tensor: Tensor, name: TensorName, neighbours: Neighbours): Recognised {
  const extent = (letter: string): number => tensor.shape[order.indexOf(letter)] ?? 1;
  const bias = biasOf(name, neighbours.byName);
  const fitting = (out: number): Tensor | null => (bias?.shape[0] === out ? bias : null);
  if (order.includes("M")) {
    return {
      kind: "depthwise",
      axisOrder: order,
      groups: extent("I"),
      bias: fitting(extent("I") * extent("M")),
    };
  }
  const out = extent("O");
  const own = { axisOrder: order, bias: fitting(out) };
  if (/^IO|OI$/.test(order) || saysTransposed(name.own)) return { kind: "transposed", groups: null, ...own };
  const spatial = [extent("D"), extent("H"), extent("W")];
  if (extent("I") === 1 && out > 1) return { ...own, ...oneInput(out, spatial, name, neighbours) };
  return { kind: "conv", groups: null, ...own };
}

/** PyTorch calls a kernel `weight`, Keras, TensorFlow and Flax call it `kernel` (or `weights`, `w` below a path). */
function conventionByLeaf({ leaf, prefix }: TensorName): Convention | null {
  if (/^(weight|weight_orig|weight_v|original1?)$/.test(leaf)) return "torch";
  if (/^((depthwise_|pointwise_|recurrent_)?kernel|(depthwise_)?weights)$/.test(leaf)) return "keras";
  return leaf === "w" && prefix.endsWith("/") ? "keras" : null;
}

function whyUnlikely(
  tensor: Tensor,
  name: TensorName,
  named: Convention | null,
  small: boolean,
  trustNames: boolean,
): string | null {
  const shape = `[${tensor.shape.join(", ")}]`;
  if (named !== null) {
    const width = named === "torch" ? tensor.shape.at(-1)! : tensor.shape[0]!;
    return width <= GUESSED_EXTENT_MAX
      ? null
      : `It has shape ${shape}: too wide for a 1-D kernel that no name vouches for.`;
  }
  if (!small)
    return `It has shape ${shape}: too large for a kernel; say --axis-order (axisOrder) if it is one.`;
  if (!trustNames || saysConvolution(name.words)) return null;
  return looksLikeKernel(tensor, name)
    ? null
    : `It has shape ${shape}, and its name does not say that it is a convolution.`;
}

/** Words of tables, masks and caches that have four axes too. */
const TABLE_WORDS = [
  "embed",
  "embedding",
  "pos",
  "position",
  "mask",
  "cache",
  "cached",
  "cos",
  "sin",
  "rope",
  "rotary",
];

/** Whether an unnamed tensor of rank 4 or 5 is more likely a kernel than a table: several outputs, more than one position. */
function looksLikeKernel({ shape }: Tensor, { words }: TensorName): boolean {
  if (shape.length === 3 || shape[0] === 1 || hasWord(words, ...TABLE_WORDS)) return false;
  const spatial = guessConvention(shape)?.convention === "torch" ? shape.slice(2) : shape.slice(0, -2);
  return spatial.some((extent) => extent > 1);
}

function layerFacts(tensor: Tensor, name: TensorName, evidence: Evidence, found: Recognised): LayerFacts {
  // A last part that is no framework's word for a kernel belongs to the name.
  const layer = conventionByLeaf(name) === null ? tensor.name : name.layer;
  const facts = { name: layer, evidence, kernel: tensor, ...found };
  if (!/^(weight_v|weight_orig|original1?)$/.test(name.leaf)) return facts;
  // Named like its tensor: the kernel in use is another one, which the file does not hold.
  // PyTorch sums the norm in as many parts as the processor's vectors are wide: on the same file, its kernels with AVX2
  // and without differ in their last bits. There is no one kernel that could be shown.
  const said =
    "The stored part of a normalised weight: the network scales it before use. PyTorch's own result depends on the machine in its last bits, so the part is shown as it is stored.";
  return { ...facts, name: tensor.name, note: join(said, found.note) };
}

function join(first: string, second: string | undefined): string {
  return second === undefined ? first : `${first} ${second}`;
}

/** Two kernels of one layer (separable, recurrent) are told apart by their tensors' names. */
function distinctNames(facts: readonly LayerFacts[]): LayerFacts[] {
  const counts = new Map<string, number>();
  for (const { name } of facts) counts.set(name, (counts.get(name) ?? 0) + 1);
  return facts.map((fact) => (counts.get(fact.name) === 1 ? fact : { ...fact, name: fact.kernel.name }));
}

function noteGuesses(layers: readonly ConvLayer[]): string[] {
  if (layers.every((layer) => layer.evidence === "operator" || layer.evidence === "config")) return [];
  return [
    "The file holds no graph: convolutions were told by the names and shapes of its tensors, so transposed and grouped ones may be missed.",
  ];
}
