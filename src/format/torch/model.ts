import type { Budget } from "../../budget.ts";
import type { PickleObject, PickleValue } from "../../codec/pickle-value.ts";
import { type FoundLayers, findLayers } from "../../model/find-layers.ts";
import type { ConvLayer, Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { pickledTensor } from "../pickled-array.ts";
import { moduleLayers } from "./module-layers.ts";
import { chooseNetworks, type NamedTensor } from "./networks.ts";
import { readTensorNode } from "./rebuild.ts";
import { codeReferences } from "./references.ts";
import type { FindStorage } from "./storage.ts";
import { torchTensor } from "./tensor.ts";
import { type FoundTensor, walkCheckpoint } from "./walk.ts";

/** What a model is made of, whatever the container. */
export interface TorchParts {
  readonly source: Source;
  /** What was pickled. */
  readonly root: PickleValue;
  /** Where the pickle itself lies: arrays inside it are read from there. */
  readonly pickle: Source;
  readonly find: FindStorage;
  /** The same for scales of quantised tensors, which are read at once. Default: `find`. */
  readonly findScales?: FindStorage | undefined;
  readonly axisOrder: string | undefined;
  readonly notes: readonly string[];
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
}

/** The model of a PyTorch file: its networks without the optimizer's state, and the convolutions in them. */
export async function torchModel(parts: TorchParts): Promise<Model> {
  const { source, root, budget, signal, find } = parts;
  const context: ReadContext = { budget, signal };
  const checkpoint = walkCheckpoint(root, budget);
  const shapes = new Map(checkpoint.tensors.map((found) => [found, shapeOf(found, find)]));
  const present = checkpoint.tensors.filter((found) => shapes.get(found) !== null);
  const networks = chooseNetworks(present, (found) => shapes.get(found)!);
  const make = (found: FoundTensor, name: string): Promise<Tensor> => makeTensor(found, name, parts, context);
  const alone = root !== null && present.length === 1 && present[0]!.path.length === 0;
  const stem = source.name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");

  const pairs: { readonly named: NamedTensor; readonly tensor: Tensor; readonly clean: Tensor }[] = [];
  for (const named of networks.model) {
    budget.count(1, "tensors");
    const tensor = await make(named.found, alone ? stem : named.name);
    pairs.push({ named, tensor, clean: alone ? tensor : { ...tensor, name: named.cleanName } });
  }
  const tensors = pairs.map(({ tensor }) => tensor);
  const fromModules = moduleLayers(checkpoint.modules, pairs);
  const loose = pairs.filter(({ named }) => named.found.modulePath === null);
  const others = [...loose, ...fromModules.undecided];
  const guessed = findLayers(
    others.map(({ clean }) => clean),
    // Who gave the axes an order gave it to a file that names none, not to a module that does.
    {
      axisOrder: loose.length > 0 ? parts.axisOrder : undefined,
      convention: null,
      names: alone ? "nothing" : "axes",
    },
  );
  const found = withStoredNames(guessed, new Map(pairs.map(({ clean, tensor }) => [clean, tensor])));
  const left: { tensor: Tensor; reason: string }[] = [];
  for (const { found: tensor, name, reason } of networks.left) {
    const { length } = shapes.get(tensor)!;
    if (length >= 3 && length <= 5) left.push({ tensor: await make(tensor, name), reason });
  }
  return {
    file: source.name,
    format: "pytorch",
    producer: producerOf(root),
    layers: [...fromModules.layers, ...found.layers].map((layer, index) => ({ ...layer, index })),
    tensors,
    rejected: [...fromModules.rejected, ...found.rejected, ...left],
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [
      ...parts.notes,
      ...codeReferences(root, budget),
      ...(networks.averaged === null
        ? []
        : [
            `The file also holds a running average of the weights (${JSON.stringify(networks.averaged)}); the model's own are shown.`,
          ]),
      ...(checkpoint.tooDeep
        ? [`Parts of the file are nested deeper than ${budget.limits.depth} levels and were not looked at.`]
        : []),
      // Custom modules mostly hold no kernels: nothing is said where nothing was guessed.
      ...(found.layers.length > 0 || fromModules.layers.length === 0 ? found.notes : []),
    ],
    close: async () => source.close?.(),
  };
}

function shapeOf({ value }: FoundTensor, find: FindStorage): readonly number[] | null {
  if ("descr" in value) return value.shape;
  return readTensorNode(value, find)?.shape ?? null;
}

async function makeTensor(
  { value }: FoundTensor,
  name: string,
  { find, findScales = find, pickle }: TorchParts,
  context: ReadContext,
): Promise<Tensor> {
  if ("descr" in value) return pickledTensor(name, value, pickle);
  return torchTensor(name, readTensorNode(value as PickleObject, find)!, findScales, context);
}

/** The layers with their tensors named as the file has them. */
function withStoredNames(found: FoundLayers, stored: ReadonlyMap<Tensor, Tensor>): FoundLayers {
  const named = (tensor: Tensor): Tensor => stored.get(tensor) ?? tensor;
  const layers = found.layers.map(
    (layer): ConvLayer => ({
      ...layer,
      kernel: named(layer.kernel),
      bias: layer.bias === null ? null : named(layer.bias),
    }),
  );
  return {
    ...found,
    layers,
    rejected: found.rejected.map(({ tensor, reason }) => ({ tensor: named(tensor), reason })),
  };
}

/** PyTorch, or Lightning by the version that its checkpoints say. */
function producerOf(root: PickleValue): string {
  const version =
    typeof root === "object" && root?.kind === "dict"
      ? root.entries.get("pytorch-lightning_version")
      : undefined;
  return typeof version === "string" && /^[\w.+-]{1,40}$/.test(version)
    ? `pytorch-lightning ${version}`
    : "pytorch";
}
