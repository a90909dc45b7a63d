import { isPickleNode, type PickleValue, pickleEntries } from "../../codec/pickle-value.ts";
import type { FoundLayers } from "../../model/find-layers.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { BatchNorm } from "../../model/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { className } from "./class-name.ts";
import { readConvolution } from "./convolution.ts";
import { readModule } from "./module.ts";
import type { NamedTensor } from "./networks.ts";
import type { FoundModule } from "./walk.ts";

/** A tensor of the model and where it was found. */
interface Pair {
  readonly named: NamedTensor;
  readonly tensor: Tensor;
  readonly clean: Tensor;
}

/** Containers that call their children one after the other, and do nothing else. */
const SEQUENTIAL =
  /^torch\.nn\.modules\.container\.Sequential$|^torchvision\.(ops\.misc\.Conv(2d|3d)?NormActivation|models\.\w+\.ConvB[Nn]\w*)$/;
const BATCH_NORM = /^torch\.nn\.modules\.batchnorm\.(BatchNorm[123]d|SyncBatchNorm)$/;

/** PyTorch's own modules: what is no convolution by its attributes is none. */
const KNOWN = /^torch\.(ao\.)?nn\./;

/** What modules say of their tensors. */
interface ModuleLayers extends FoundLayers {
  /** Tensors of modules of other classes, which could be convolutions of somebody's own making. */
  readonly undecided: readonly Pair[];
}

/** The convolutions among modules that were pickled whole: each says itself what it is. */
export function moduleLayers(modules: readonly FoundModule[], pairs: readonly Pair[]): ModuleLayers {
  const inModules = pairs.filter(({ named }) => named.found.modulePath !== null);
  const byPath = new Map(inModules.map((pair) => [JSON.stringify(pair.named.found.path), pair]));
  const at = (path: readonly string[], ...more: string[]): Pair | undefined =>
    byPath.get(JSON.stringify([...path, ...more]));
  const norms = followingNorms(modules, (path, name) => at(path, name)?.tensor ?? null);
  const facts: (LayerFacts & { readonly path: readonly string[] })[] = [];
  for (const { path, module } of modules) {
    const weight = at(path, "weight");
    if (weight === undefined) continue;
    const found = readConvolution(module, weight.tensor.shape);
    if (found === null) continue;
    const outputs =
      found.kind === "transposed" ? weight.tensor.shape[1]! * found.groups : weight.tensor.shape[0]!;
    const bias = at(path, "bias")?.tensor ?? null;
    const norm = norms.get(JSON.stringify(path)) ?? null;
    facts.push({
      ...found,
      path,
      name: weight.clean.name.replace(/\.?weight$/, "") || weight.clean.name,
      evidence: "config",
      kernel: weight.tensor,
      bias: bias?.shape.length === 1 && bias.shape[0] === outputs ? bias : null,
      batchNorm: norm !== null && norm.mean.shape[0] === outputs ? norm : null,
    });
  }
  const classes = new Map(modules.map(({ path, module }) => [JSON.stringify(path), module.className]));
  const ownerOf = ({ named }: Pair): string => JSON.stringify(named.found.path.slice(0, -1));
  const convolutions = new Set(facts.map(({ path }) => JSON.stringify(path)));
  const isDecided = (pair: Pair): boolean =>
    convolutions.has(ownerOf(pair)) || KNOWN.test(classes.get(ownerOf(pair)) ?? "");
  const decided = inModules.filter(isDecided);
  const owners = new Map(decided.map((pair) => [pair.tensor.name, ownerOf(pair)]));
  const found = graphLayers(
    facts.map(({ path, ...fact }) => fact),
    decided.map(({ tensor }) => tensor),
    ({ name }) => {
      const owner = owners.get(name) ?? "";
      const type = (classes.get(owner) ?? "").split(".").at(-1);
      return convolutions.has(owner)
        ? `It belongs to a ${type}, but is not its weight.`
        : `It belongs to a ${type}, which is no convolution.`;
    },
  );
  return { ...found, undecided: inModules.filter((pair) => !isDecided(pair)) };
}

/** Batch normalisations that stand behind a convolution in a Sequential, by the convolution's path. */
function followingNorms(
  modules: readonly FoundModule[],
  tensorAt: (path: readonly string[], name: string) => Tensor | null,
): ReadonlyMap<string, BatchNorm> {
  const norms = new Map<string, BatchNorm>();
  for (const { path, module } of modules) {
    if (!SEQUENTIAL.test(module.className)) continue;
    for (const [i, [name, value]] of module.modules.entries()) {
      const before = module.modules[i - 1];
      const norm = before === undefined ? null : readNorm(value, [...path, name], tensorAt);
      if (norm !== null) norms.set(JSON.stringify([...path, before![0]]), norm);
    }
  }
  return norms;
}

function readNorm(
  value: PickleValue,
  path: readonly string[],
  tensorAt: (path: readonly string[], name: string) => Tensor | null,
): BatchNorm | null {
  if (!isPickleNode(value, "object") || !BATCH_NORM.test(className(value) ?? "")) return null;
  const attributes = readModule(value)?.attributes;
  const epsilon = attributes?.get("eps");
  const [mean, variance] = [tensorAt(path, "running_mean"), tensorAt(path, "running_var")];
  if (typeof epsilon !== "number" || mean === null || variance === null) return null;
  const parameters = pickleEntries(attributes?.get("_parameters"));
  const [scale, offset] = [tensorAt(path, "weight"), tensorAt(path, "bias")];
  // Parameters that are there but were not found (shared with another module) are not made up.
  const known = (name: string, tensor: Tensor | null): boolean =>
    tensor !== null || (parameters?.get(name) ?? null) === null;
  if (!known("weight", scale) || !known("bias", offset)) return null;
  return { scale, offset, mean, variance, epsilon };
}
