import {
  isPickleNode,
  type PickleObject,
  type PickleValue,
  pickleEntries,
  pickleItems,
} from "../../codec/pickle-value.ts";
import { className } from "./class-name.ts";
import { isTensorNode } from "./rebuild.ts";

/** A pickled `torch.nn.Module`: its class's name and its attributes; the class itself is never looked for. */
export interface TorchModule {
  /** `module.Name`, as Python would import it. */
  readonly className: string;
  readonly attributes: ReadonlyMap<PickleValue, PickleValue>;
  /** Its parameters, buffers, other tensors and child modules, in this order. */
  readonly children: readonly (readonly [name: string, value: PickleValue])[];
  /** Names and nodes of its child modules, in their order. */
  readonly modules: readonly (readonly [name: string, value: PickleValue])[];
}

/** Functions of torch.fx that make a module out of its attributes. */
const GRAPH_MODULE = /^torch\.fx\.graph_module\.reduce_\w*graph_module$/;
/** NVIDIA's pickles of StyleGAN and its kin hold a module as source code, which is ignored, and attributes. */
const PERSISTENT = /(^|\.)persistence\._reconstruct_persistent_obj$/;
/** Quantised convolutions keep their attributes in a tuple (torch/ao/nn/quantized/modules/conv.py, __getstate__). */
const QUANTISED_CONV =
  /^torch\.(ao\.)?nn\.(intrinsic\.)?quantized\.(modules\.|dynamic\.modules\.)?\w+\.\w*Conv\w*$/;
const QUANTISED_STATE = [
  "in_channels",
  "out_channels",
  "kernel_size",
  "stride",
  "padding",
  "dilation",
  "transposed",
  "output_padding",
  "groups",
  "padding_mode",
  "weight",
  "bias",
  "scale",
  "zero_point",
  "training",
] as const;

/** The module that an object is; null when it has not a module's attributes. */
export function readModule(value: PickleValue): TorchModule | null {
  if (!isPickleNode(value, "object")) return null;
  const name = className(value) ?? "";
  if (QUANTISED_CONV.test(name)) return quantised(value, name);
  const persistent = PERSISTENT.test(name) ? entriesOf(value.args[0]) : null;
  const attributes =
    persistent === null
      ? pickleEntries(GRAPH_MODULE.test(name) ? value.args[0] : value.state)
      : pickleEntries(persistent.get("state"));
  const modules = pickleEntries(attributes?.get("_modules"));
  const parameters = pickleEntries(attributes?.get("_parameters"));
  if (attributes === null || modules === null || parameters === null) return null;
  const buffers = pickleEntries(attributes.get("_buffers")) ?? new Map<PickleValue, PickleValue>();
  // A weight that is worked out from others (weight_norm, spectral_norm) is a plain attribute.
  const tensors = [...attributes].filter(([, child]) => isTensorNode(child));
  const named = (entries: Iterable<readonly [PickleValue, PickleValue]>) =>
    [...entries].flatMap(([key, child]) => (typeof key === "string" ? [[key, child] as const] : []));
  const children = named(modules);
  return {
    className: String(persistent?.get("class_name") ?? name),
    attributes,
    modules: children,
    children: [...named(parameters), ...named(buffers), ...named(tensors), ...children],
  };
}

function quantised(value: PickleObject, name: string): TorchModule | null {
  const items = pickleItems(value.state);
  if (items?.length !== QUANTISED_STATE.length) return null;
  const attributes = new Map<PickleValue, PickleValue>(
    QUANTISED_STATE.map((attribute, i) => [attribute, items[i] ?? null]),
  );
  const children = [...attributes].flatMap(([attribute, child]) =>
    isTensorNode(child) ? [[attribute as string, child] as const] : [],
  );
  return { className: name, attributes, modules: [], children };
}

/** The entries of a dict or of any subclass of dict. */
function entriesOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> | null {
  return pickleEntries(value) ?? (isPickleNode(value, "object") ? value.entries : null);
}
