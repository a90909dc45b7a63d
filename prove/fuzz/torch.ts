import type { ModelFiles } from "../models/random-model.ts";
import type { Random } from "../random.ts";
import { type Pickled, pickle } from "../writers/pickle.ts";
import {
  ordered,
  parameter,
  pickledStateDict,
  type StreamLies,
  type TensorLies,
  type TorchTensor,
  torchEntries,
  torchModule,
  torchStream,
  torchTensor,
} from "../writers/torch.ts";
import { float32Weight, type Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { mutateBytes } from "./bytes.ts";
import type { FuzzFormat } from "./formats.ts";

const WEIGHTS: readonly Weight[] = [
  float32Weight("conv1.weight", [4, 3, 3, 3], { length: 108, 3: 2 }),
  float32Weight("conv1.bias", [4], [1, 2, 3, 4]),
  float32Weight("up.weight", [4, 2, 2, 2], { length: 32, 1: 5 }),
];
const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  9,
  108,
  -1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2n ** 63n,
  -(2n ** 40n),
  2n ** 80n,
] as const;

/** Values that stand where something else was expected. */
function odd(random: Random): Pickled {
  return random.pick<Pickled>([
    null,
    true,
    random.pick(NUMBERS),
    { float: Number.NaN },
    "",
    "storage",
    "__proto__",
    { bytes: new Uint8Array(5) },
    { list: [] },
    { tuple: [] },
    { tuple: ["storage"] },
    {
      dict: [
        ["state", null],
        ["param_groups", null],
      ],
    },
    { global: ["torch", "FloatStorage"] },
    { global: ["os", "system"] },
    { call: { global: ["builtins", "eval"] }, args: ["1"] },
    { persistent: { tuple: ["module", { global: ["a", "B"] }, null, null] } },
    { persistent: 7 },
    { recall: random.below(4) },
    { remember: random.below(4), value: { list: [] } },
    { raw: random.bytes(random.between(1, 9)) },
  ]);
}

function numbers(random: Random): Pickled {
  return { tuple: Array.from({ length: random.below(6) }, () => random.pick(NUMBERS)) };
}

function lies(random: Random): TensorLies {
  const change: TensorLies = random.pick<TensorLies>([
    { key: random.pick<Pickled>(["0", "1", "2", "9", "../0", 0, null]) },
    {
      storage: {
        global: ["torch", random.pick(["IntStorage", "UntypedStorage", "QInt8Storage", "Nothing"])],
      },
    },
    { count: random.pick(NUMBERS) },
    { offset: random.pick(NUMBERS) },
    { size: numbers(random) },
    { stride: numbers(random) },
    { size: odd(random) },
    { stride: odd(random) },
  ]);
  return change;
}

/** A tree whose leaves and wrappers say something else. */
function tree(random: Random): { readonly root: Pickled; readonly tensors: readonly TorchTensor[] } {
  const tensors = WEIGHTS.map((weight, i) =>
    torchTensor(weight, String(i), { offset: random.below(3) }, random.chance(0.4) ? lies(random) : {}),
  );
  const leaves = WEIGHTS.map(({ name }, i) => {
    const node = random.chance(0.15) ? odd(random) : tensors[i]!.node;
    return [random.chance(0.1) ? odd(random) : name, random.chance(0.3) ? parameter(node) : node] as const;
  });
  const wrapped = (inner: Pickled): Pickled =>
    random.pick<Pickled>([
      inner,
      { list: [inner, odd(random)] },
      {
        dict: [
          [random.pick<Pickled>(["state_dict", "ema", "optimizer", "model", 3]), inner],
          [odd(random), odd(random)],
        ],
      },
      { call: { global: ["a", "B"] }, made: true, state: { dict: [["inner", inner]] } },
    ]);
  if (random.chance(0.3)) {
    const attributes: [string, Pickled][] = [
      ["in_channels", random.chance(0.8) ? 3 : odd(random)],
      ["out_channels", random.chance(0.8) ? 4 : odd(random)],
      ["kernel_size", random.chance(0.8) ? { tuple: [3, 3] } : numbers(random)],
      ["stride", random.chance(0.8) ? { tuple: [1, 1] } : odd(random)],
      ["padding", random.chance(0.8) ? "same" : odd(random)],
      ["dilation", { tuple: [1, 1] }],
      ["transposed", random.chance(0.8) ? false : odd(random)],
      ["groups", random.chance(0.8) ? 1 : odd(random)],
    ];
    const own = leaves.slice(0, 2).map(([, node], i) => [["weight", "bias"][i]!, node] as const);
    const conv = torchModule(["torch.nn.modules.conv", "Conv2d"], attributes, own);
    const norm = torchModule(["torch.nn.modules.batchnorm", "BatchNorm2d"], [["eps", odd(random)]], []);
    const children = [
      ["0", conv],
      ["1", random.chance(0.5) ? norm : odd(random)],
    ] as const;
    return {
      root: wrapped(torchModule(["torch.nn.modules.container", "Sequential"], [], [], children)),
      tensors,
    };
  }
  return { root: wrapped(random.chance(0.5) ? ordered(leaves) : { dict: leaves }), tensors };
}

const GOOD = tree0();

function tree0(): { readonly root: Pickled; readonly tensors: readonly TorchTensor[] } {
  const tensors = WEIGHTS.map((weight, i) => torchTensor(weight, String(i)));
  return { root: ordered(WEIGHTS.map(({ name }, i) => [name, tensors[i]!.node] as const)), tensors };
}

function one(main: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles {
  return { main, files: new Map([[main, bytes]]) };
}

const ZIPPED = zip(torchEntries(GOOD.root, GOOD.tensors));
const PICKLED = pickle(GOOD.root);
const STREAMED = torchStream(GOOD.root, GOOD.tensors);

/** PyTorch's archives: bytes of the zip and of the pickle inside, and trees that lie. */
export const torchFuzz: FuzzFormat = {
  name: "pytorch",
  slow: false,
  good: one("a.pt", ZIPPED),
  mutated: (random) =>
    one(
      "a.pt",
      random.chance(0.3)
        ? mutateBytes(random, ZIPPED)
        : zip(torchEntries(mutateBytes(random, PICKLED), GOOD.tensors)),
    ),
  structural: (random) => {
    const { root, tensors } = tree(random);
    return one("a.pt", zip(torchEntries(root, tensors, { protocol: random.pick([2, 3, 4, 5]) })));
  },
};

/** The streams before PyTorch 1.6. */
export const torchStreamFuzz: FuzzFormat = {
  name: "pytorch stream",
  slow: false,
  good: one("a.pth", STREAMED),
  mutated: (random) => one("a.pth", mutateBytes(random, STREAMED)),
  structural: (random) => {
    const { root, tensors } = tree(random);
    const said: StreamLies = random.chance(0.6)
      ? {}
      : {
          ...(random.chance(0.3) ? { keys: odd(random) } : {}),
          ...(random.chance(0.3) ? { counts: [random.pick(NUMBERS), 4, 32] } : {}),
          ...(random.chance(0.3) ? { version: odd(random) } : {}),
          ...(random.chance(0.3) ? { trailing: random.bytes(9) } : {}),
        };
    return one("a.pth", torchStream(root, tensors, said));
  },
};

const DUMPED = pickle(pickledStateDict(WEIGHTS), 4);

/** What Python's own pickle writes of tensors. */
export const torchPickleFuzz: FuzzFormat = {
  name: "python pickle",
  slow: false,
  good: one("a.pkl", DUMPED),
  mutated: (random) => one("a.pkl", mutateBytes(random, DUMPED)),
  structural: (random) => {
    const root = pickledStateDict(WEIGHTS, (stream) =>
      random.chance(0.4)
        ? mutateBytes(random, stream)
        : random.chance(0.3)
          ? torchStream(odd(random), [])
          : stream,
    );
    return one(
      "a.pkl",
      pickle(random.chance(0.3) ? { list: [odd(random), root] } : root, random.pick([2, 3, 4, 5])),
    );
  },
};
