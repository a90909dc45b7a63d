import { concat, little, utf8 } from "./weight.ts";

/** A scalar of a table or vector: its little-endian bytes. */
export interface FlatNumber {
  readonly kind: "number";
  readonly bytes: Uint8Array;
}

/** What an offset leads to. */
export type FlatNode =
  | { readonly kind: "table"; readonly fields: readonly (readonly [number, FlatValue])[] }
  | { readonly kind: "tables"; readonly items: readonly FlatNode[] }
  /** `length` may lie. */
  | { readonly kind: "vector"; readonly bytes: Uint8Array; readonly size: number; readonly length?: number };

export type FlatValue = FlatNumber | FlatNode;

export function number(value: number | bigint, size: 1 | 2 | 4 | 8): FlatNumber {
  return { kind: "number", bytes: little(value, size) };
}

export function table(...fields: readonly (readonly [number, FlatValue])[]): FlatNode {
  return { kind: "table", fields };
}

export function tables(items: readonly FlatNode[]): FlatNode {
  return { kind: "tables", items };
}

export function vector(bytes: Uint8Array, size = 1): FlatNode {
  return { kind: "vector", bytes, size };
}

export function text(value: string): FlatNode {
  return vector(utf8(value));
}

export function ints(values: readonly number[]): FlatNode {
  return vector(new Uint8Array(Int32Array.from(values).buffer), 4);
}

/** A flatbuffer with the identifier `mark`, as the format's own page lays it out: tables before what they lead to. */
export function flatbuffer(root: FlatNode, mark: string): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [new Uint8Array(4), utf8(mark)];
  let end = 8;
  const append = (bytes: Uint8Array): number => {
    const padding = (4 - (end % 4)) % 4;
    if (padding > 0) pieces.push(new Uint8Array(padding));
    const at = end + padding;
    pieces.push(bytes);
    end = at + bytes.length;
    return at;
  };
  const patches: (readonly [at: number, target: number])[] = [];
  const pending: { readonly node: FlatNode; readonly at: number }[] = [{ node: root, at: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, at } = next;
    if (node.kind === "vector") {
      const length = node.length ?? node.bytes.length / node.size;
      patches.push([at, append(concat([little(length, 4), node.bytes, new Uint8Array(1)]))]);
    } else if (node.kind === "tables") {
      const start = append(concat([little(node.items.length, 4), new Uint8Array(node.items.length * 4)]));
      patches.push([at, start]);
      for (const [i, item] of node.items.entries()) pending.push({ node: item, at: start + 4 + i * 4 });
    } else {
      const { vtable, inline, children } = tableBytes(node.fields);
      const base = append(concat([vtable, new Uint8Array((4 - (vtable.length % 4)) % 4), inline]));
      const start = base + Math.ceil(vtable.length / 4) * 4;
      pieces[pieces.length - 1]!.set(little(start - base, 4), start - base);
      patches.push([at, start]);
      for (const { child, place } of children) pending.push({ node: child, at: start + place });
    }
  }
  const file = concat(pieces);
  for (const [at, target] of patches) file.set(little(target - at, 4), at);
  return file;
}

function tableBytes(fields: readonly (readonly [number, FlatValue])[]): {
  vtable: Uint8Array;
  inline: Uint8Array;
  children: { child: FlatNode; place: number }[];
} {
  const highest = fields.reduce((most, [field]) => Math.max(most, field), -1);
  const places = new Array<number>(highest + 1).fill(0);
  const parts: Uint8Array[] = [new Uint8Array(4)];
  const children: { child: FlatNode; place: number }[] = [];
  let at = 4;
  for (const [field, value] of fields) {
    const bytes = value.kind === "number" ? value.bytes : new Uint8Array(4);
    const padding = (bytes.length - (at % bytes.length)) % bytes.length;
    parts.push(new Uint8Array(padding), bytes);
    at += padding;
    places[field] = at;
    if (value.kind !== "number") children.push({ child: value, place: at });
    at += bytes.length;
  }
  const vtable = concat([
    little(4 + places.length * 2, 2),
    little(at, 2),
    ...places.map((place) => little(place, 2)),
  ]);
  return { vtable, inline: concat(parts), children };
}
