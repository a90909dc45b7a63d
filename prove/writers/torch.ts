import { type Pickled, pickle } from "./pickle.ts";
import { concat, little, SIZES, utf8, valuesOf, type Weight } from "./weight.ts";
import { type ZipEndLies, type ZipEntry, zip } from "./zip.ts";

/** PyTorch's classes of storages by dtype; other dtypes stand in untyped ones. */
const STORAGES: Readonly<Record<string, string>> = {
  float64: "DoubleStorage",
  float32: "FloatStorage",
  float16: "HalfStorage",
  bfloat16: "BFloat16Storage",
  int64: "LongStorage",
  int32: "IntStorage",
  int16: "ShortStorage",
  int8: "CharStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
  complex64: "ComplexFloatStorage",
  complex128: "ComplexDoubleStorage",
};

/** How a weight lies in its storage. */
export interface TorchLayout {
  /** Its axes from the slowest to the fastest in memory. Default: as they are. */
  readonly order?: readonly number[];
  /** Elements before the first. */
  readonly offset?: number;
}

/** What a tensor's node may say besides the truth. */
export interface TensorLies {
  /** Instead of a persistent id. */
  readonly reference?: Pickled;
  readonly key?: Pickled;
  readonly storage?: Pickled;
  readonly count?: Pickled;
  readonly offset?: Pickled;
  readonly size?: Pickled;
  readonly stride?: Pickled;
}

/** A storage and the node of the tensor that lies in it. */
export interface TorchTensor {
  readonly key: string;
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly node: Pickled;
}

const ORDERED: Pickled = { global: ["collections", "OrderedDict"] };

/** A weight as a tensor of a PyTorch file. */
export function torchTensor(
  weight: Weight,
  key: string,
  { order, offset = 0 }: TorchLayout = {},
  lies: TensorLies = {},
): TorchTensor {
  const { dtype, shape } = weight;
  const size = SIZES[dtype]!;
  const axes = order ?? shape.map((_, axis) => axis);
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of axes.toReversed()) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  const total = valuesOf(shape);
  const bytes = new Uint8Array((offset + total) * size);
  for (let from = 0; from < total; from++) {
    let to = offset;
    for (let axis = shape.length - 1, rest = from; axis >= 0; axis--) {
      to += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    bytes.set(weight.bytes.subarray(from * size, (from + 1) * size), to * size);
  }
  const typed = STORAGES[dtype];
  const count = typed === undefined ? bytes.length : offset + total;
  const storage = lies.storage ?? { global: ["torch", typed ?? "UntypedStorage"] as const };
  const node: Pickled = {
    call: { global: ["torch._utils", typed === undefined ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2"] },
    args: [
      lies.reference ?? {
        persistent: { tuple: ["storage", storage, lies.key ?? key, "cpu", lies.count ?? count] },
      },
      lies.offset ?? offset,
      lies.size ?? { tuple: shape },
      lies.stride ?? { tuple: strides },
      false,
      { call: ORDERED },
      ...(typed === undefined ? [{ global: ["torch", dtype] as const }] : []),
    ],
  };
  return { key, count, bytes, node };
}

/** A parameter around a tensor's node. */
export function parameter(node: Pickled): Pickled {
  return { call: { global: ["torch._utils", "_rebuild_parameter"] }, args: [node, true, { call: ORDERED }] };
}

/** An `OrderedDict` of these entries. */
export function ordered(entries: readonly (readonly [Pickled, Pickled])[]): Pickled {
  return { call: ORDERED, entries };
}

/** A pickled module: its class, its own attributes, its parameters and its children. */
export function torchModule(
  [module, name]: readonly [string, string],
  attributes: readonly (readonly [string, Pickled])[],
  parameters: readonly (readonly [string, Pickled])[],
  children: readonly (readonly [string, Pickled])[] = [],
): Pickled {
  return {
    call: { global: [module, name] },
    made: true,
    state: {
      dict: [
        ["training", false],
        ["_parameters", ordered(parameters)],
        ["_buffers", ordered([])],
        ["_modules", ordered(children)],
        ...attributes,
      ],
    },
  };
}

/** The entries of the archive, `data.pkl` first. */
export function torchEntries(
  root: Pickled | Uint8Array,
  tensors: readonly TorchTensor[],
  { folder = "archive/", protocol = 2 }: { readonly folder?: string; readonly protocol?: number } = {},
): ZipEntry[] {
  const entry = (name: string, bytes: Uint8Array): ZipEntry => ({ name: `${folder}${name}`, bytes });
  return [
    entry("data.pkl", root instanceof Uint8Array ? root : pickle(root, protocol)),
    entry("byteorder", utf8("little")),
    ...tensors.map(({ key, bytes }) => entry(`data/${key}`, bytes)),
    entry("version", utf8("3\n")),
  ];
}

/** A file as PyTorch writes it since 1.6. */
export function torchZip(
  root: Pickled | Uint8Array,
  tensors: readonly TorchTensor[],
  end: ZipEndLies = {},
): Uint8Array<ArrayBuffer> {
  return zip(torchEntries(root, tensors), end);
}

/** What a stream may say besides the truth. */
export interface StreamLies {
  readonly magic?: Pickled;
  readonly version?: Pickled;
  readonly keys?: Pickled;
  readonly counts?: readonly (number | bigint)[];
  readonly trailing?: Uint8Array;
}

/** PyTorch's magic number for files before 1.6. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** A file as PyTorch wrote it before 1.6. */
export function torchStream(
  root: Pickled | Uint8Array,
  tensors: readonly TorchTensor[],
  { magic = MAGIC, version = 1001, keys, counts, trailing }: StreamLies = {},
): Uint8Array<ArrayBuffer> {
  const info: Pickled = {
    dict: [
      ["protocol_version", 1001],
      ["little_endian", true],
    ],
  };
  return concat([
    pickle(magic),
    pickle(version),
    pickle(info),
    root instanceof Uint8Array ? root : pickle(root),
    pickle(keys ?? { list: tensors.map(({ key }) => key) }),
    ...tensors.flatMap(({ count, bytes }, i) => [little(counts?.[i] ?? count, 8), bytes]),
    trailing ?? new Uint8Array(),
  ]);
}

/** A state dict of these weights, each in a storage of its own. */
export function stateDict(
  weights: readonly Weight[],
  layoutOf: (weight: Weight) => TorchLayout = () => ({}),
): { readonly root: Pickled; readonly tensors: readonly TorchTensor[] } {
  const tensors = weights.map((weight, i) => torchTensor(weight, String(i), layoutOf(weight)));
  const root = ordered(weights.map(({ name }, i) => [name, tensors[i]!.node] as const));
  return { root, tensors };
}

/** A state dict as `pickle.dump` writes it: every storage is a stream of its own. */
export function pickledStateDict(
  weights: readonly Weight[],
  change: (stream: Uint8Array<ArrayBuffer>, at: number) => Uint8Array = (stream) => stream,
): Pickled {
  return ordered(
    weights.map((weight, at) => {
      const tensor = torchTensor(weight, String(at));
      const id: Pickled = {
        persistent: {
          tuple: [
            "storage",
            { global: ["torch", STORAGES[weight.dtype]!] },
            tensor.key,
            "cpu",
            tensor.count,
            null,
          ],
        },
      };
      const bytes = change(torchStream(id, [tensor]), at);
      const call: Pickled = { call: { global: ["torch.storage", "_load_from_bytes"] }, args: [{ bytes }] };
      return [weight.name, torchTensor(weight, String(at), {}, { reference: call }).node] as const;
    }),
  );
}
