import type { FoundTensor } from "./walk.ts";

/** A tensor of the model, with its names. */
export interface NamedTensor {
  readonly found: FoundTensor;
  /** As the file has it; with what leads to it where the file holds several networks. */
  readonly name: string;
  /** The name without the wrappers that training put around the network. */
  readonly cleanName: string;
}

/** What of a checkpoint is the model. */
export interface Networks {
  readonly model: readonly NamedTensor[];
  /** Tensors that belong to an optimizer or are a copy of the model's, by their whole path. */
  readonly left: readonly { readonly found: FoundTensor; readonly name: string; readonly reason: string }[];
  /** What leads to the averaged copies that were left out; null when there are none. */
  readonly averaged: string | null;
}

/** Words for running averages of the weights. */
const AVERAGE =
  /(^|[_.-])(ema|swa|shadow)($|[_.-])|averaged?_(model|weights)|^(model|net\w?|state_dict)?_?ema\b/i;
/** Names of dicts that only wrap a network. */
const WRAPPER =
  /^(state_?dict|model_?state(_?dict)?|model|module|net|network|weights|params|parameters|generator|checkpoint|ckpt|ema)$/i;

/**
 * Chooses what is the model and names it: the optimizer's state is left out, and averaged copies where the model itself
 * is there; what leads to the only network is no part of its tensors' names.
 *
 */
export function chooseNetworks(
  tensors: readonly FoundTensor[],
  shapeOf: (found: FoundTensor) => readonly number[],
): Networks {
  const rankOf = (found: FoundTensor): number => shapeOf(found).length;
  const own = tensors.filter(({ optimizer }) => !optimizer);
  const averages = new Set(own.filter(isAverage));
  const originals = own.filter((found) => !averages.has(found));
  const holdsKernels = [...averages].some((found) => rankOf(found) >= 3);
  const dropAverages = holdsKernels && areCopies([...averages], originals, shapeOf);
  const kept = dropAverages ? originals : own;
  const left = tensors
    .filter((found) => found.optimizer || (dropAverages && averages.has(found)))
    .map((found) => ({
      found,
      name: found.path.join("."),
      reason: found.optimizer
        ? "It belongs to an optimizer's state."
        : "It belongs to a running average (EMA) of the model, which the file holds too.",
    }));
  const weights = kept.filter((found) => rankOf(found) >= 2);
  const prefix = commonPrefix(weights.length > 0 ? weights : kept);
  const first = dropAverages ? [...averages][0]! : null;
  return {
    model: nameAll(kept, prefix),
    left,
    averaged:
      first === null
        ? null
        : (first.path.find((part) => AVERAGE.test(part)) ?? first.path[0]!).split(".", 1)[0]!,
  };
}

/**
 * Whether every kernel among `averages` has one of its shape among `originals`: else what is called an average is a
 * part of the network of its own.
 */
function areCopies(
  averages: readonly FoundTensor[],
  originals: readonly FoundTensor[],
  shapeOf: (found: FoundTensor) => readonly number[],
): boolean {
  const left = new Map<string, number>();
  for (const found of originals) {
    const shape = shapeOf(found).join();
    left.set(shape, (left.get(shape) ?? 0) + 1);
  }
  return averages.every((found) => {
    const shape = shapeOf(found);
    const count = left.get(shape.join()) ?? 0;
    left.set(shape.join(), count - 1);
    return shape.length < 3 || count > 0;
  });
}

/** By a key on the way, or by the first part of a name such as `model_ema.conv1weight`. */
function isAverage({ path, modulePath }: FoundTensor): boolean {
  const keys = path.slice(0, modulePath ?? -1);
  const name = path[modulePath ?? path.length - 1] ?? "";
  return keys.some((key) => AVERAGE.test(key)) || AVERAGE.test(name.split(".", 1)[0]!);
}

/** How many keys lead to all of `tensors` and are no part of their names. */
function commonPrefix(tensors: readonly FoundTensor[]): readonly string[] {
  const [first, ...others] = tensors;
  if (first === undefined) return [];
  let length = wrapperLength(first);
  for (const other of others) {
    length = Math.min(length, wrapperLength(other));
    while (length > 0 && !startsWith(other.path, first.path.slice(0, length))) length--;
  }
  return first.path.slice(0, length);
}

/** Keys before the network itself: up to the outermost module, or to a flat state dict, or words that only wrap. */
function wrapperLength({ path, modulePath }: FoundTensor): number {
  if (modulePath !== null) return modulePath;
  if (path.at(-1)?.includes(".")) return path.length - 1;
  let length = 0;
  while (length < path.length - 1 && WRAPPER.test(path[length]!)) length++;
  return length;
}

function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((part, i) => path[i] === part);
}

function nameAll(tensors: readonly FoundTensor[], prefix: readonly string[]): NamedTensor[] {
  const taken = new Set<string>();
  const named = tensors.map((found) => {
    const rest = startsWith(found.path, prefix) ? found.path.slice(prefix.length) : found.path;
    const plain = rest.join(".");
    let name = plain;
    for (let copy = 2; taken.has(name); copy++) name = `${plain}#${copy}`;
    taken.add(name);
    return { found, name };
  });
  const clean = cleaner(tensors);
  const names = named.map(({ found, name }) => clean(found, name));
  const unique = new Set(names).size === names.length;
  return named.map(({ found, name }, i) => ({ found, name, cleanName: unique ? names[i]! : name }));
}

/** Parts that torch.compile, FSDP and checkpointing put between a module and its name. */
const WRAPPED_PART = /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)(?=\.)/g;

/** Takes wrappers out of names: those above anywhere, and `module.` where all tensors of a network begin with it. */
function cleaner(tensors: readonly FoundTensor[]): (found: FoundTensor, name: string) => string {
  const plain = new Set<string>();
  // What torch.optim.swa_utils.AveragedModel counts lies beside its module.
  for (const found of tensors) {
    if (!inner(found).startsWith("module.") && inner(found) !== "n_averaged") plain.add(groupOf(found));
  }
  return (found, name) => {
    const own = inner(found);
    const start = name.endsWith(own) ? name.length - own.length : 0;
    const rest = plain.has(groupOf(found)) ? own : own.replace(/^(module\.)+/, "");
    const cleaned = name.slice(0, start) + (start > 0 || name === own ? rest : name);
    return cleaned.replace(WRAPPED_PART, "").replace(/^\./, "");
  };
}

function baseOf({ path, modulePath }: FoundTensor): number {
  return modulePath ?? path.length - 1;
}

function groupOf(found: FoundTensor): string {
  return JSON.stringify(found.path.slice(0, baseOf(found)));
}

/** The name inside its network, wrappers such as `_orig_mod.` aside. */
function inner(found: FoundTensor): string {
  return found.path.slice(baseOf(found)).join(".");
}
