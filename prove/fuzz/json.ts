import type { Random } from "../random.ts";

/** Values that stand where something else was expected. */
const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  -(2 ** 31),
  "",
  "same",
  "float32",
  "../x",
  "__proto__",
  [],
  [0],
  [-1, 2],
  [[[]]],
  {},
  { class_name: "Lambda", config: { name: "x" } },
  "\u0000",
  "\u202e",
  "x".repeat(5000),
];

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

/** JSON text of `value` with one to three changes: other values, lost, moved, doubled or copied parts. */
export function mutateJson(random: Random, value: unknown): string {
  const tree = structuredClone(value);
  for (let changes = random.between(1, 3); changes > 0; changes--) {
    const places = placesOf(tree);
    if (places.length === 0) break;
    change(random, random.pick(places), places);
  }
  const text = JSON.stringify(tree);
  return random.chance(0.1) ? doubleKey(random, text) : text;
}

function change(random: Random, { holder, key }: Place, places: readonly Place[]): void {
  const target = holder as Record<string | number, unknown>;
  const here = target[key];
  switch (random.below(7)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete target[key];
      return;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(here));
      else target[`${key}2`] = structuredClone(here);
      return;
    case 2: {
      const other = random.pick(places);
      target[key] = structuredClone((other.holder as Record<string | number, unknown>)[other.key]);
      return;
    }
    case 3:
      target[key] =
        typeof here === "number" ? here * random.pick([-1, 2, 0.5, 1000]) + random.pick([0, 1]) : [here];
      return;
    default:
      target[key] = structuredClone(random.pick(ODD));
  }
}

/** Every place of a tree, found without recursion. */
function placesOf(root: unknown): readonly Place[] {
  const places: Place[] = [];
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== "object" || value === null) continue;
    const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const key of keys) {
      places.push({ holder: value as Place["holder"], key });
      pending.push((value as Record<string | number, unknown>)[key]);
    }
    if (places.length > 5000) break;
  }
  return places;
}

/** Text with one key of an object written twice. */
function doubleKey(random: Random, text: string): string {
  const starts = [...text.matchAll(/\{"/g)].map(({ index }) => index);
  if (starts.length === 0) return text;
  const at = random.pick(starts) + 1;
  const key = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(at))?.[0] ?? '"x"';
  return `${text.slice(0, at)}${key}:1,${text.slice(at)}`;
}
