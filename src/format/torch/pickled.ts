import { readPickle } from "../../codec/pickle.ts";
import { isPickleNode, type PickleNode, type PickleValue, pickleClass } from "../../codec/pickle-value.ts";
import { pickleNodes } from "../../codec/pickle-walk.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { fromBytes } from "../../source/bytes.ts";
import { slice } from "../../source/slice.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
import { latin1, readPickledArray } from "../pickled-array.ts";
import { className } from "./class-name.ts";
import { torchModel } from "./model.ts";
import { readModule } from "./module.ts";
import { isTensorNode, STORAGE_BYTES } from "./rebuild.ts";
import type { TorchStorage } from "./storage.ts";
import { readStream } from "./stream.ts";

/**
 * Opens what Python's own `pickle.dump` writes of tensors, modules and dicts of NumPy arrays: a single pickle, in which
 * every storage is a PyTorch file of its own.
 *
 * @throws ReadError `unsupported` for a pickle of anything else.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, axisOrder, signal } = context;
  const { value, end } = await readPickle(source, { budget, signal });
  const nodes = [...pickleNodes(value, budget)];
  if (!isModel(value, nodes)) throw noModel(value);
  const storages = new Map<PickleNode, TorchStorage>();
  for (const node of nodes) {
    if (!isPickleNode(node, "object") || pickleClass(node) !== STORAGE_BYTES) continue;
    storages.set(node, await readStorage(storageSource(source, node.args[0]), context));
  }
  return torchModel({
    source,
    root: value,
    pickle: source,
    find: (node) => {
      const storage = storages.get(node);
      if (storage !== undefined) return storage;
      throw new ReadError("malformed", "A tensor of the pickle has no storage in it.");
    },
    axisOrder,
    notes:
      end < source.size
        ? [`The file goes on for ${source.size - end} bytes after its first pickle; only that one is read.`]
        : [],
    budget,
    signal,
  });
}

/** Whether a pickle holds tensors or modules, or is a plain container of arrays: objects of other libraries hold arrays too. */
function isModel(root: PickleValue, nodes: readonly PickleNode[]): boolean {
  if (nodes.some((node) => isTensorNode(node) || readModule(node) !== null)) return true;
  const plain = !isPickleNode(root, "object") || /^collections\./.test(className(root) ?? "");
  return plain && nodes.some((node) => readPickledArray(node) !== null);
}

function noModel(root: PickleValue): ReadError {
  const name = isPickleNode(root, "object") ? className(root) : null;
  const what = name === null ? "" : ` of a ${JSON.stringify(name.slice(0, 80))}`;
  return new ReadError(
    "unsupported",
    `It is a Python pickle${what}, not a PyTorch file or a dict of arrays: save the weights with torch.save, as safetensors or as .npz.`,
  );
}

/** The bytes that `_load_from_bytes` is given, in place; as text, whose letters stand for bytes, in protocols below 3. */
function storageSource(source: Source, value: PickleValue | undefined): Source {
  const name = `${source.name}:storage`;
  if (isPickleNode(value, "bytes")) {
    const { content, offset, length } = value;
    return content === null ? slice(source, offset, length, name) : fromBytes(content, name);
  }
  const encoded =
    isPickleNode(value, "object") && pickleClass(value) === "_codecs.encode" ? value.args[0] : null;
  if (typeof encoded === "string") return fromBytes(latin1(encoded), name);
  throw new ReadError(
    "unsupported",
    "The pickle holds a tensor as text, as protocols 0 to 2 do: write it with torch.save or with protocol 4.",
  );
}

/** A storage by itself: a whole PyTorch stream whose object it is. */
async function readStorage(inner: Source, { budget, signal }: OpenContext): Promise<TorchStorage> {
  const { root, find } = await readStream(inner, budget, signal);
  if (!isPickleNode(root, "persistent"))
    throw new ReadError("malformed", "A storage of the pickle is something else.");
  return find(root);
}
