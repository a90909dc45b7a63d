import { type Budget, createBudget, DEFAULT_LIMITS } from "../budget.ts";
import { checkZipEntry } from "../codec/zip-check.ts";
import { inFile, ReadError, type ReadErrorCode } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { Folder, Source } from "../source/source.ts";
import { steady } from "../source/steady.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { storedBytes } from "../tensor/views.ts";
import type { OpenOptions, Probe } from "./format.ts";
import { openSource } from "./open-source.ts";
import { readProbe } from "./probe.ts";

/** Something that is not as the file says. */
export interface VerifyProblem {
  readonly part: "file" | "entry" | "tensor";
  /** The entry's or tensor's name; the file's otherwise. */
  readonly name: string;
  readonly code: ReadErrorCode;
  readonly message: string;
}

/** What was checked of a file, and what came of it. */
export interface Verification {
  readonly file: string;
  /** Null when the file could not be opened. */
  readonly format: string | null;
  readonly producer: string | null;
  /** Whether everything that could be checked is as the file says. */
  readonly sound: boolean;
  readonly problems: readonly VerifyProblem[];
  /** Entries of the zip that the file is, whose checksums were compared; null when it is none. */
  readonly entries: {
    readonly total: number;
    readonly checked: number;
    /** Entries for which the directory states no checksum (a 0). */
    readonly unstated: number;
  } | null;
  readonly tensors: {
    readonly total: number;
    readonly read: number;
    /** Bytes of values that were read. */
    readonly bytes: number;
    /** Tensors that this version does not read, with the reason; nothing is wrong with them. */
    readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
    /** Tensors with a checksum of their own that was compared, by its kind. */
    readonly checksums: Readonly<Record<string, number>>;
    /** Tensors whose values no checksum vouches for. */
    readonly unchecked: number;
  };
  /** What the file says of itself, as `Model.notes`. */
  readonly notes: readonly string[];
}

/** What a caller may say to `verify`. */
export interface VerifyOptions extends Omit<OpenOptions, "onProgress" | "budget"> {
  /** Most bytes of one tensor; larger ones are not read, and said to be so. Default: as `open` allows. */
  readonly tensorBytes?: number | undefined;
  /** Called before every entry and tensor. */
  readonly onProgress?: ((done: number, total: number, name: string) => void) | undefined;
}

/** Codes that say that a file is not what it should be, not that this version or machine cannot read it. */
const DAMAGE: readonly ReadErrorCode[] = [
  "truncated",
  "malformed",
  "ambiguous",
  "missing-sibling",
  "source-short",
];

/**
 * Reads all of a model, one tensor at a time, and says what could be checked: the rules of its format, every checksum that
 * it keeps, and whether every tensor can be read. Frees the source.
 *
 * @throws ReadError what `open` throws for a file that is no model or cannot be reached; a damaged one is a result.
 */
export async function verify(from: Source | Folder, options: VerifyOptions = {}): Promise<Verification> {
  const problems: VerifyProblem[] = [];
  let model: Model | null = null;
  try {
    const around = "entries" in from ? NOTHING : await verifyAround(from, problems, options);
    const { axisOrder, entry, signal, spawn } = options;
    try {
      model = await openSource(from, { axisOrder, entry, signal, spawn });
    } catch (error) {
      const found = inFile(error, from.name);
      if (!DAMAGE.includes(found.code)) throw found;
      problems.push({ part: "file", name: from.name, code: found.code, message: found.message });
    }
    const tensors = await verifyTensors(model, problems, around.vouched, options);
    return {
      file: model?.file ?? from.name,
      format: model?.format ?? null,
      producer: model?.producer ?? null,
      sound: problems.length === 0,
      problems,
      entries: around.entries,
      tensors,
      notes: model?.notes ?? [],
    };
  } finally {
    await (model ?? from).close?.();
  }
}

/** What was checked of the archive that a file is. */
interface Around {
  readonly entries: Verification["entries"];
  /** Whether a checksum of it vouches for every byte of the model inside. */
  readonly vouched: boolean;
}

const NOTHING: Around = { entries: null, vouched: false };

/** Compares the checksums of all entries when the file is a zip; that of gzip is compared when it is opened. */
async function verifyAround(
  from: Source,
  problems: VerifyProblem[],
  { signal, onProgress }: VerifyOptions,
): Promise<Around> {
  if (from.size === 0) return NOTHING;
  const source = steady(from);
  const budget = createBudget({ milliseconds: Number.POSITIVE_INFINITY });
  let probe: Probe;
  try {
    probe = await readProbe(source, budget, signal);
  } catch (error) {
    // Opening meets the same, and reports it.
    if (error instanceof ReadError && DAMAGE.includes(error.code)) return NOTHING;
    throw error;
  }
  if (probe.zip === null) return { entries: null, vouched: probe.head[0] === 0x1f && probe.head[1] === 0x8b };
  const files = probe.zip.filter(({ name, size }) => size > 0 || !name.endsWith("/"));
  let checked = 0;
  let unstated = 0;
  for (const [at, entry] of files.entries()) {
    onProgress?.(at, files.length, entry.name);
    // PyTorch writes 0 when it is told not to work checksums out.
    if (entry.crc32 === 0 && entry.size > 0) {
      unstated++;
      continue;
    }
    try {
      await checkZipEntry(source, entry, { budget, signal });
      checked++;
    } catch (error) {
      if (!(error instanceof ReadError) || !DAMAGE.includes(error.code)) throw error;
      problems.push({ part: "entry", name: entry.name, code: error.code, message: error.message });
    }
  }
  return { entries: { total: files.length, checked, unstated }, vouched: unstated === 0 };
}

async function verifyTensors(
  model: Model | null,
  problems: VerifyProblem[],
  vouched: boolean,
  options: VerifyOptions,
): Promise<Verification["tensors"]> {
  const tensors = model === null ? [] : allTensors(model);
  const unreadable: { name: string; reason: string }[] = [];
  const checksums = new Map<string, number>();
  let [read, bytes, unchecked] = [0, 0, 0];
  for (const [at, tensor] of tensors.entries()) {
    options.onProgress?.(at, tensors.length, tensor.name);
    if (tensor.unreadable !== undefined) {
      unreadable.push({ name: tensor.name, reason: tensor.unreadable });
      continue;
    }
    try {
      bytes += await readAll(tensor, tensorBudget(options), options.signal);
      read++;
      if (tensor.checksum !== undefined)
        checksums.set(tensor.checksum, (checksums.get(tensor.checksum) ?? 0) + 1);
      else if (!vouched) unchecked++;
    } catch (error) {
      const found = inFile(error, model?.file ?? "");
      if (DAMAGE.includes(found.code))
        problems.push({ part: "tensor", name: tensor.name, code: found.code, message: found.message });
      else if (found.code === "unsupported" || found.code === "limit")
        unreadable.push({ name: tensor.name, reason: found.message });
      else throw found;
    }
  }
  return {
    total: tensors.length,
    read,
    bytes,
    unreadable,
    checksums: Object.fromEntries(checksums),
    unchecked,
  };
}

/** Each tensor has a budget of its own: what is read is let go before the next. */
function tensorBudget({ tensorBytes = DEFAULT_LIMITS.bytes }: VerifyOptions): Budget {
  return createBudget({ bytes: tensorBytes });
}

async function readAll(tensor: Tensor, budget: Budget, signal: AbortSignal | undefined): Promise<number> {
  const release = budget.take(storedBytes(tensor) ?? 0, `the tensor ${JSON.stringify(tensor.name)}`);
  try {
    return (await tensor.readBytes({ budget, signal })).length;
  } finally {
    release();
  }
}

/** The model's tensors, and the kernels and biases that are no tensors of their own (constants of a graph). */
function allTensors({ tensors, layers }: Model): readonly Tensor[] {
  const names = new Set(tensors.map(({ name }) => name));
  const all = [...tensors];
  for (const { kernel, bias } of layers) {
    for (const tensor of [kernel, bias]) {
      if (tensor === null || names.has(tensor.name)) continue;
      names.add(tensor.name);
      all.push(tensor);
    }
  }
  return all;
}
