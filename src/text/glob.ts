/** Whether `pattern` has a wildcard: `*` (anything, `/` included), `?` (one character) or `[a-z]`, `[!a]`. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** One place of a pattern: a run of anything, any character, or a set of ranges. */
type Place =
  | { readonly kind: "run" }
  | { readonly kind: "any" }
  | {
      readonly kind: "set";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

/**
 * A test for names that match `pattern` as a whole. Layer names are no paths, so `*` also matches `/` and `.`.
 * Takes time proportional to pattern times name at worst, whatever the pattern.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const places = readPlaces(pattern);
  return (name) => matches(places, [...name]);
}

function readPlaces(pattern: string): readonly Place[] {
  const characters = [...pattern];
  const places: Place[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? "";
    if (character === "*") {
      if (places.at(-1)?.kind !== "run") places.push({ kind: "run" });
    } else if (character === "?") {
      places.push({ kind: "any" });
    } else {
      const end = character === "[" ? endOfSet(characters, i) : -1;
      places.push(end < 0 ? letter(character) : readSet(characters.slice(i + 1, end)));
      if (end >= 0) i = end;
    }
  }
  return places;
}

/** Index of the `]` that closes the set opened at `open`, which may itself begin with `]`; -1 when none does. */
function endOfSet(characters: readonly string[], open: number): number {
  const negated = characters[open + 1] === "!" || characters[open + 1] === "^";
  return characters.indexOf("]", open + (negated ? 3 : 2));
}

function letter(character: string): Place {
  return { kind: "set", negated: false, ranges: [[character, character]] };
}

function readSet(inside: readonly string[]): Place {
  const negated = inside[0] === "!" || inside[0] === "^";
  const letters = negated ? inside.slice(1) : inside;
  const ranges: (readonly [string, string])[] = [];
  for (let i = 0; i < letters.length; i++) {
    const from = letters[i] ?? "";
    const to = letters[i + 1] === "-" ? letters[i + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) i += 2;
  }
  return { kind: "set", negated, ranges };
}

function fits(place: Place, character: string): boolean {
  if (place.kind !== "set") return true;
  return place.ranges.some(([from, to]) => character >= from && character <= to) !== place.negated;
}

/** Greedy with one point of return, the last `*`: earlier ones never need to be revisited. */
function matches(places: readonly Place[], name: readonly string[]): boolean {
  let at = 0;
  let place = 0;
  let lastRun = -1;
  let resumeAt = 0;
  while (at < name.length) {
    const here = places[place];
    if (here?.kind === "run") {
      lastRun = place++;
      resumeAt = at;
    } else if (here !== undefined && fits(here, name[at] ?? "")) {
      place++;
      at++;
    } else if (lastRun >= 0) {
      place = lastRun + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  return places.slice(place).every((rest) => rest.kind === "run");
}
