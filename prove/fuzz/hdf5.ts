import type { Random } from "../random.ts";
import type { H5Attribute, H5Dataset, H5Group, H5Node } from "../writers/hdf5.ts";
import {
  complexType,
  floatType,
  type H5Type,
  intType,
  opaqueType,
  stringType,
  vlenType,
} from "../writers/hdf5-messages.ts";

const TYPES: readonly H5Type[] = [
  floatType(4, 8),
  floatType(2, 5, true),
  floatType(8, 11),
  floatType(3, 8),
  intType(1, false),
  intType(4, true, true),
  intType(16, true),
  opaqueType(2),
  opaqueType(1, "tag"),
  stringType(4),
  complexType(8),
  vlenType(floatType(4, 8)),
];

const EXTENTS: readonly (number | bigint)[] = [
  0,
  1,
  2,
  3,
  5,
  1000,
  2 ** 20,
  2 ** 32,
  2 ** 53,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** `root` with one to three of its nodes, attributes or links changed. */
export function mutateTree(random: Random, root: H5Group): H5Group {
  let tree = root;
  for (let changes = random.between(1, 3); changes > 0; changes--) tree = mutateGroup(random, tree);
  return tree;
}

function mutateGroup(random: Random, node: H5Group): H5Group {
  const { members } = node;
  const at = random.below(Math.max(1, members.length));
  const chosen = members[at];
  // Mostly further down: that is where the model is.
  if (chosen !== undefined && random.chance(0.85)) {
    const [name, member] = chosen;
    const changed =
      member.kind === "group"
        ? mutateGroup(random, member)
        : member.kind === "dataset"
          ? mutateDataset(random, member)
          : member;
    return { ...node, members: members.with(at, [name, changed]) };
  }
  switch (random.below(5)) {
    case 0:
      return { ...node, members: members.filter((_, index) => index !== at) };
    case 1:
      return { ...node, members: [...members, [odd(random), oddNode(random)]] };
    case 2:
      return chosen === undefined
        ? node
        : { ...node, members: members.with(at, [chosen[0], oddNode(random)]) };
    case 3:
      return chosen === undefined ? node : { ...node, members: members.with(at, [odd(random), chosen[1]]) };
    default:
      return { ...node, attributes: mutateAttributes(random, node.attributes ?? {}) };
  }
}

function mutateDataset(random: Random, node: H5Dataset): H5Dataset {
  switch (random.below(7)) {
    case 0:
      return {
        ...node,
        shape: node.shape.map((extent) => (random.chance(0.5) ? random.pick(EXTENTS) : extent)),
      };
    case 1:
      return { ...node, shape: [...node.shape, random.pick(EXTENTS)] };
    case 2:
      return { ...node, shape: node.shape.slice(1) };
    case 3:
      return { ...node, type: random.pick(TYPES) };
    case 4:
      return { ...node, address: random.pick([0, 8, 96, 2 ** 20, 2n ** 63n]) };
    case 5:
      return { ...node, statedSize: random.pick([0, 1, 2 ** 31, 2n ** 64n - 1n]) };
    default:
      return {
        ...node,
        storage: random.pick([
          "compact",
          { external: "/etc/passwd" },
          { virtual: "." },
          { chunks: [2, 3, 2, 2] },
          { chunks: [1] },
        ] as const),
      };
  }
}

function oddNode(random: Random): H5Node {
  const links = [
    { soft: "/" },
    { soft: "." },
    { soft: "/x" },
    { file: "/etc/passwd", path: "/" },
    { parent: 0 },
    { parent: 1 },
  ];
  const node: readonly H5Node[] = [
    { kind: "group", members: [] },
    { kind: "dataset", type: random.pick(TYPES), shape: [2], bytes: new Uint8Array(32) },
    { kind: "link", to: random.pick(links) },
    { kind: "link", to: random.pick(links) },
  ];
  return random.pick(node);
}

function mutateAttributes(
  random: Random,
  attributes: Readonly<Record<string, H5Attribute>>,
): Record<string, H5Attribute> {
  const names = Object.keys(attributes);
  const name = names.length === 0 || random.chance(0.1) ? "layer_names" : random.pick(names);
  const values: readonly H5Attribute[] = [
    "",
    "{",
    [],
    ["conv", "conv"],
    ["", "/", "..", "a/b"],
    ["x".repeat(3000)],
    { type: intType(8, true), shape: [2], bytes: new Uint8Array(16).fill(255) },
    { type: floatType(8, 11), shape: null, bytes: new Uint8Array(8) },
    { type: vlenType(intType(4, true)), shape: [1], bytes: new Uint8Array(16).fill(7) },
  ];
  const rest = Object.entries(attributes).filter(([other]) => other !== name);
  return Object.fromEntries(random.chance(0.2) ? rest : [...rest, [name, random.pick(values)]]);
}

/** A name that is no layer's. */
function odd(random: Random): string {
  return random.pick([
    "x",
    "..",
    "vars",
    "layers",
    "optimizer",
    "0",
    "kernel:0",
    "__proto__",
    "é\u202e",
    "n".repeat(300),
  ]);
}
