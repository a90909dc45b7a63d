import {
  type Pt2Node,
  type Pt2Parts,
  pt2,
  pt2Config,
  pt2Entries,
  pt2Program,
  pt2Value,
  tensorArgument,
  type ViewLies,
} from "../writers/pt2.ts";
import { float32Weight, utf8, type Weight } from "../writers/weight.ts";
import { type ZipEntry, zip } from "../writers/zip.ts";
import { type Case, fine, refusal } from "./case.ts";

const FILE = "a.pt2";
const KERNEL = float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 });
const BIAS = float32Weight("conv.bias", [4], { length: 4 });

function conv(
  inputs: Readonly<Record<string, unknown>> = {},
  target = "torch.ops.aten.conv2d.default",
): Pt2Node {
  return {
    target,
    inputs: { input: tensorArgument("x"), weight: tensorArgument(pt2Value("conv.weight")), ...inputs },
    outputs: ["y"],
  };
}

const PARTS: Pt2Parts = { weights: [KERNEL, BIAS], nodes: [conv()], outputs: ["y"] };

/** A file whose configuration says something else about the kernel. */
function lie(
  name: string,
  lies: ViewLies,
  code: Case["code"] & string = "malformed",
  at: "open" | "read" = "open",
): Case {
  return refusal(name, FILE, pt2({ ...PARTS, lies: new Map([["conv.weight", lies]]) }), code, at);
}

/** A file with another node. */
function node(name: string, one: Pt2Node, weights: readonly Weight[] = PARTS.weights): Case {
  return refusal(name, FILE, pt2({ ...PARTS, weights, nodes: [one] }), "malformed");
}

/** A file of which some entries are replaced (or left out: null). */
function entries(change: Readonly<Record<string, string | null>>): Uint8Array<ArrayBuffer> {
  const all = pt2Entries(PARTS).flatMap((entry): ZipEntry[] => {
    const key = Object.keys(change).find((end) => `${entry.name}`.endsWith(end));
    if (key === undefined) return [entry];
    const text = change[key];
    return text === null ? [] : [{ ...entry, bytes: utf8(text!) }];
  });
  return zip(all);
}

const CONFIG = "model_weights_config.json";
const MODEL = "models/model.json";
const NESTED = nested(70);

/** Exported programs that contradict themselves or can be read in two ways. */
export const pt2Cases: readonly Case[] = [
  lie("a view beyond its bytes", { sizes: [4, 2, 3, 4] }),
  lie("a view that begins beyond its bytes", { offset: 1 }),
  lie("a stride of 0", { sizes: [400, 2, 3, 3], strides: [0, 9, 3, 1] }),
  lie("strides that pass the end", { strides: [2 ** 40, 9, 3, 1] }),
  lie("a negative stride", { strides: [-18, 9, 3, 1] }),
  lie("too few strides", { strides: [9, 3, 1] }),
  lie("extents that no file can hold", { sizes: [2 ** 50, 2 ** 50, 3, 3] }),
  lie("a path that leaves the archive", { path: "../../../etc/passwd" }),
  lie("a path that is not there", { path: "weight_9" }),
  lie("a dtype of another width", { dtype: 8 }),
  lie("a dtype that is not known", { dtype: 33 }, "unsupported", "read"),
  lie("a sparse tensor", { layout: 1 }, "unsupported", "read"),
  lie("a pickled tensor", { pickled: true }, "unsupported", "read"),
  node("a kernel of another rank than the operator", conv({}, "torch.ops.aten.conv3d.default")),
  node("groups that do not divide the outputs", conv({ groups: { as_int: 3 } })),
  node("an operator without a weight", conv({ weight: { as_none: true } })),
  node("a kernel without axes", conv(), [{ ...BIAS, name: "conv.weight" }, BIAS]),
  refusal("no program", FILE, entries({ [MODEL]: null }), "unsupported"),
  refusal("no configuration", FILE, entries({ [CONFIG]: null }), "malformed"),
  refusal("a configuration without tensors", FILE, entries({ [CONFIG]: "{}" }), "malformed"),
  refusal("a program that is no JSON", FILE, entries({ [MODEL]: "{" }), "malformed"),
  refusal("a program without a graph", FILE, entries({ [MODEL]: "{}" }), "malformed"),
  refusal("a key of the configuration twice", FILE, entries({ [CONFIG]: twice() }), "ambiguous"),
  refusal("graphs nested 70 deep", FILE, entries({ [MODEL]: NESTED }), "limit"),
  refusal("a byte order that is none", FILE, entries({ byteorder: "middle" }), "malformed"),
  refusal(
    "an old program without a state dict",
    FILE,
    zip([{ name: "serialized_exported_program.json", bytes: utf8(JSON.stringify(pt2Program(PARTS))) }]),
    "malformed",
  ),
  refusal(
    "an old program with a state dict that is none",
    FILE,
    zip([
      { name: "serialized_exported_program.json", bytes: utf8(JSON.stringify(pt2Program(PARTS))) },
      { name: "serialized_state_dict.pt", bytes: utf8("nothing of the kind") },
    ]),
    "unsupported",
  ),
  fine("Python's infinities", FILE, entries({ [MODEL]: infinite() })),
  fine(
    "a kernel that is the network's input",
    FILE,
    pt2({ ...PARTS, nodes: [conv({ weight: tensorArgument("x") })] }),
    "computes from its input",
  ),
  fine(
    "a graph that uses nothing",
    FILE,
    pt2({ ...PARTS, nodes: [] }),
    "No convolution of the graph uses it",
  ),
];

function twice(): string {
  const text = JSON.stringify(pt2Config(PARTS));
  return text.replace('"config":{', `"config":{"conv.weight":null,`);
}

function infinite(): string {
  const text = JSON.stringify(
    pt2Program({
      ...PARTS,
      nodes: [conv({ limit: { as_floats: [1, 2, 3] }, word: { as_string: "-Infinity, \\" } })],
    }),
  );
  return text.replace("[1,2,3]", "[Infinity,-Infinity,NaN]");
}

function nested(depth: number): string {
  const program = JSON.stringify(
    pt2Program({ ...PARTS, nodes: [conv({ inner: { as_graph: { name: "g", graph: "INNER" } } })] }),
  );
  const graph = '{"nodes":[{"target":"torch.ops.higher_order.x","inputs":[{"arg":{"as_graph":{"graph":';
  return program.replace('"INNER"', `${graph.repeat(depth)}{}${'}}}],"outputs":[]}]}'.repeat(depth)}`);
}
