import type { Random } from "../random.ts";
import type { FlatNode, FlatValue } from "../writers/flatbuffer.ts";
import { little } from "../writers/weight.ts";

const EDGES = [0, 1, 2, 3, 7, 127, 255, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, -1];

/** The same tree with one to three changes: numbers, lengths, parts lost, doubled or put into other places. */
export function mutateFlat(random: Random, root: FlatNode): FlatNode {
  let tree = root;
  for (let changes = random.between(1, 3); changes > 0; changes--) {
    const target = random.below(countNodes(tree));
    tree = changed(tree, { left: target }, random, tree) as FlatNode;
  }
  return tree;
}

function countNodes(value: FlatValue): number {
  if (value.kind === "table") return value.fields.reduce((sum, [, inner]) => sum + countNodes(inner), 1);
  if (value.kind === "tables") return value.items.reduce((sum, inner) => sum + countNodes(inner), 1);
  return 1;
}

/** Copies the tree down to the node that is reached after `left` others. */
function changed(value: FlatValue, at: { left: number }, random: Random, root: FlatNode): FlatValue {
  if (at.left-- === 0) return changeOf(value, random, root);
  if (value.kind === "table") {
    return {
      ...value,
      fields: value.fields.map(([field, inner]) => [field, changed(inner, at, random, root)]),
    };
  }
  if (value.kind === "tables") {
    return { ...value, items: value.items.map((inner) => changed(inner, at, random, root) as FlatNode) };
  }
  return value;
}

function changeOf(value: FlatValue, random: Random, root: FlatNode): FlatValue {
  switch (value.kind) {
    case "number":
      return { ...value, bytes: little(random.pick(EDGES), value.bytes.length) };
    case "vector": {
      if (random.chance(0.3)) return { ...value, length: random.pick(EDGES) >>> 0 };
      if (random.chance(0.2)) return { ...value, bytes: new Uint8Array() };
      const bytes = value.bytes.slice();
      if (bytes.length >= value.size) {
        const place = random.below(bytes.length / value.size) * value.size;
        bytes.set(little(random.pick(EDGES), value.size), place);
      }
      return { ...value, bytes };
    }
    case "tables": {
      const items = [...value.items];
      if (items.length > 0 && random.chance(0.5)) items.splice(random.below(items.length), 1);
      else if (items.length > 0) items.push(random.pick(items));
      else items.push(root);
      return { ...value, items };
    }
    case "table": {
      const fields = [...value.fields];
      if (fields.length > 0 && random.chance(0.5)) fields.splice(random.below(fields.length), 1);
      else if (fields.length > 1) {
        const [a, b] = [random.below(fields.length), random.below(fields.length)];
        fields[a] = [fields[a]![0], fields[b]![1]];
      }
      return { ...value, fields };
    }
  }
}
