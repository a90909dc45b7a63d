import { type Pickled, pickle } from "./pickle.ts";
import { type TorchLayout, torchTensor } from "./torch.ts";
import { utf8, type Weight } from "./weight.ts";
import { type ZipEntry, zip } from "./zip.ts";

/** What a TorchScript archive is made of. */
export interface ScriptParts {
  readonly weights: readonly Weight[];
  /** Lines of the root module's `forward`, indented by four. */
  readonly forward: readonly string[];
  /** The whole text of `code/__torch__.py`, instead. */
  readonly code?: string;
  /** Weights that are constants of the code, `CONSTANTS.c0`, …. */
  readonly constants?: readonly Weight[];
  /** The object in `data.pkl`, instead of one with the weights in modules by their dotted names. */
  readonly root?: Pickled;
  readonly layoutOf?: (weight: Weight) => TorchLayout;
  /** Deflates the code, as PyTorch does. */
  readonly deflate?: boolean;
}

/** A module of a class. */
export function scriptModule(
  className: string,
  attributes: readonly (readonly [string, Pickled])[],
): Pickled {
  const cut = className.lastIndexOf(".");
  const global: Pickled = { global: [className.slice(0, cut), className.slice(cut + 1)] };
  return { call: global, made: true, state: { dict: attributes } };
}

/** Modules out of dotted names: each level is a module of the class `__torch__.M`. */
function modules(weights: readonly (readonly [readonly string[], Pickled])[], className: string): Pickled {
  const own: [string, Pickled][] = [["training", false]];
  const inner = new Map<string, [readonly string[], Pickled][]>();
  for (const [[first = "", ...rest], node] of weights) {
    if (rest.length === 0) own.push([first, node]);
    else inner.set(first, [...(inner.get(first) ?? []), [rest, node]]);
  }
  for (const [name, below] of inner) own.push([name, modules(below, "__torch__.M")]);
  return scriptModule(className, own);
}

/** How code reaches an attribute by its dotted name. */
export function reach(name: string): string {
  return name.split(".").reduce((object, part) => `getattr(${object}, ${JSON.stringify(part)})`, "self");
}

/** The entries of the archive, in PyTorch's order. */
export function scriptEntries(parts: ScriptParts, folder = "archive/"): readonly ZipEntry[] {
  const { weights, constants = [], layoutOf = () => ({}) } = parts;
  const tensors = weights.map((weight, at) => torchTensor(weight, String(at), layoutOf(weight)));
  const fixed = constants.map((weight, at) => torchTensor(weight, String(at)));
  const root =
    parts.root ??
    modules(
      weights.map(({ name }, at) => [name.split("."), tensors[at]!.node]),
      "__torch__.Net",
    );
  const code =
    parts.code ??
    [
      "class Net(Module):",
      "  __parameters__ = []",
      "  def forward(self: __torch__.Net,",
      "    x: Tensor) -> Tensor:",
      ...parts.forward.map((line) => `    ${line}`),
      "class M(Module):",
      "  training : bool",
      "",
    ].join("\n");
  const entry = (name: string, bytes: Uint8Array, deflate = false): ZipEntry => ({
    name: `${folder}${name}`,
    bytes,
    deflate,
  });
  return [
    ...tensors.map(({ key, bytes }) => entry(`data/${key}`, bytes)),
    entry("data.pkl", pickle(root)),
    entry("code/__torch__.py", utf8(code), parts.deflate ?? true),
    ...fixed.map(({ key, bytes }) => entry(`constants/${key}`, bytes)),
    entry("constants.pkl", pickle({ tuple: fixed.map(({ node }) => node) })),
    entry("version", utf8("3\n")),
    entry("byteorder", utf8("little")),
  ];
}

/** The archive. */
export function torchScript(parts: ScriptParts): Uint8Array<ArrayBuffer> {
  return zip(scriptEntries(parts));
}
