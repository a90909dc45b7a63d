import { ReadError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import type { Pt2Archive } from "./archive.ts";
import { field, isJsonObject } from "./fields.ts";
import { trainedNames } from "./graph.ts";
import { payloadTensors } from "./payloads.ts";

/** One program of the archive and its weights. */
export interface State {
  readonly program: unknown;
  /** Parameters, buffers and constants by the names that the program's signature uses. */
  readonly named: ReadonlyMap<string, Tensor>;
  /** Names of the parameters that are trained; null when the archive does not say. */
  readonly trained: ReadonlySet<string> | null;
}

/** Reads every program of an archive, in one of the three layouts that PyTorch has written. */
export async function readStates(archive: Pt2Archive, context: OpenContext): Promise<readonly State[]> {
  if (archive.entries.has("serialized_exported_program.json")) return [await readOld(archive, context)];
  const models = [...archive.entries.keys()].filter((name) => /^models\/[^/]+\.json$/.test(name));
  if (models.length === 0) {
    throw new ReadError(
      "unsupported",
      "The archive holds no exported program: one that AOTInductor has compiled keeps its weights in machine code. Save it with torch.export.save as well and open that.",
    );
  }
  const bigEndian = await isBigEndian(archive, context);
  const states: State[] = [];
  for (const path of models) {
    const model = path.slice("models/".length, -".json".length);
    const program = await archive.json(path);
    const weights = await readPart(archive, `data/weights/`, `${model}`, "weights", bigEndian, context);
    const constants = await readPart(archive, `data/constants/`, `${model}`, "constants", bigEndian, context);
    // Several models in one archive have weights of equal names.
    const prefix = models.length === 1 ? "" : `${model}/`;
    const named = new Map<string, Tensor>();
    for (const tensor of [...constants.tensors, ...weights.tensors])
      named.set(tensor.name, prefix === "" ? tensor : { ...tensor, name: prefix + tensor.name });
    states.push({ program, named, trained: weights.trained });
  }
  return states;
}

interface Part {
  readonly tensors: readonly Tensor[];
  readonly trained: ReadonlySet<string> | null;
}

/** Weights or constants: a configuration with raw entries, or, for a few versions, a state dict of PyTorch. */
async function readPart(
  archive: Pt2Archive,
  folder: string,
  model: string,
  kind: string,
  bigEndian: boolean,
  context: OpenContext,
): Promise<Part> {
  const old = `${folder}${model}.pt`;
  if (archive.entries.has(old)) return { tensors: await stateDict(archive, old, context), trained: null };
  const name = `${folder}${model}_${kind}_config.json`;
  if (!archive.entries.has(name) && kind === "constants") return { tensors: [], trained: null };
  const config = field(await archive.json(name), "config");
  if (!isJsonObject(config))
    throw new ReadError("malformed", `${JSON.stringify(name)} of the exported program lists no tensors.`);
  const entries = Object.keys(config).length;
  context.budget.count(entries, "tensors of the exported program");
  return { tensors: payloadTensors(archive, config, folder, bigEndian), trained: trainedNames(config) };
}

/** PyTorch 2.1 to 2.7: the program beside state dicts in files of their own. */
async function readOld(archive: Pt2Archive, context: OpenContext): Promise<State> {
  const program = await archive.json("serialized_exported_program.json");
  const name = ["serialized_state_dict.pt", "serialized_state_dict.json"].find((one) =>
    archive.entries.has(one),
  );
  if (name === undefined)
    throw new ReadError(
      "malformed",
      'The exported program should hold "serialized_state_dict.pt", but does not.',
    );
  const tensors = [...(await stateDict(archive, name, context))];
  const constants = ["serialized_constants.pt", "serialized_constants.json"].find((one) =>
    archive.entries.has(one),
  );
  if (constants !== undefined)
    for (const tensor of await constantsOf(archive, constants, context)) tensors.push(tensor);
  return { program, named: new Map(tensors.map((tensor) => [tensor.name, tensor])), trained: null };
}

/** Constants are mostly none, which is no model of its own. */
async function constantsOf(
  archive: Pt2Archive,
  name: string,
  context: OpenContext,
): Promise<readonly Tensor[]> {
  try {
    return await stateDict(archive, name, context);
  } catch (error) {
    if (error instanceof ReadError && error.code === "unsupported") return [];
    throw error;
  }
}

/** The tensors of an inner PyTorch file. It is read with the archive's source, so there is nothing to close. */
async function stateDict(
  archive: Pt2Archive,
  name: string,
  context: OpenContext,
): Promise<readonly Tensor[]> {
  const { size } = archive.entries.get(name)!;
  if (size === 0) return [];
  return (await context.openInner(await archive.open(name))).tensors;
}

async function isBigEndian(archive: Pt2Archive, { signal }: OpenContext): Promise<boolean> {
  if (!archive.entries.has("byteorder")) return false;
  const source = await archive.open("byteorder");
  const text = new TextDecoder("latin1").decode(await source.read(0, Math.min(16, source.size), signal));
  if (text !== "little" && text !== "big")
    throw new ReadError(
      "malformed",
      `The archive's byte order should be little or big, and is ${JSON.stringify(text)}.`,
    );
  return text === "big";
}
