import type { Random } from "../random.ts";
import type { ProtoField, ProtoMessage, ProtoValue } from "../writers/protobuf.ts";
import { utf8 } from "../writers/weight.ts";

const ODD: readonly ProtoValue[] = [
  0,
  1,
  -1,
  7,
  200,
  2 ** 31,
  2 ** 53,
  2n ** 63n,
  2n ** 64n - 1n,
  "",
  "x",
  "../x",
  "__proto__",
  "Conv",
  new Uint8Array(0),
  new Uint8Array(5).fill(255),
  new Uint8Array(40).fill(128),
  { float: Number.NaN },
  { fields: [] },
];

/** `root` with one to four fields changed, lost, doubled, moved or put into each other. */
export function mutateProto(random: Random, root: ProtoMessage): ProtoMessage {
  let tree = root;
  for (let changes = random.between(1, 4); changes > 0; changes--) tree = mutateOnce(random, tree, root);
  return tree;
}

function mutateOnce(random: Random, node: ProtoMessage, root: ProtoMessage): ProtoMessage {
  const { fields } = node;
  if (fields.length === 0) return { fields: [[random.between(1, 30), random.pick(ODD)]] };
  const at = random.below(fields.length);
  const [number, value] = fields[at]!;
  // Mostly further down: that is where the model is.
  if (isMessage(value) && random.chance(0.85))
    return { fields: fields.with(at, [number, mutateOnce(random, value, root)]) };
  switch (random.below(8)) {
    case 0:
      return { fields: fields.toSpliced(at, 1) };
    case 1:
      return { fields: fields.toSpliced(at, 0, fields[at]!) };
    case 2:
      return { fields: fields.with(at, [random.pick([1, 2, 5, 7, 9, 13, 25, 100, 500, number + 1]), value]) };
    case 3:
      return { fields: fields.with(at, [number, random.pick(partsOf(root))[1]]) };
    case 4:
      return { fields: fields.toSpliced(random.below(fields.length), 0, fields[at]!) };
    case 5:
      return { fields: fields.with(at, [number, changed(random, value)]) };
    default:
      return { fields: fields.with(at, [number, random.pick(ODD)]) };
  }
}

function changed(random: Random, value: ProtoValue): ProtoValue {
  if (typeof value === "number") return value * random.pick([-1, 2, 1000]) + random.pick([0, 1]);
  if (typeof value === "string") return random.chance(0.5) ? value.slice(1) : value.repeat(2);
  if (value instanceof Uint8Array) return random.chance(0.5) ? value.subarray(1) : utf8("changed");
  return value;
}

/** All fields of a tree. */
function partsOf(root: ProtoMessage): readonly ProtoField[] {
  const parts: ProtoField[] = [];
  const pending: ProtoMessage[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    parts.push(...node.fields);
    for (const [, value] of node.fields) if (isMessage(value)) pending.push(value);
  }
  return parts;
}

function isMessage(value: ProtoValue): value is ProtoMessage {
  return typeof value === "object" && "fields" in value;
}
