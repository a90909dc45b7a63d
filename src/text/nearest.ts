/** Letters of a name that are compared: longer names differ early or not at all, and hostile ones stay cheap. */
const COMPARED = 80;

/**
 * The names that somebody who typed `word` may have meant, the nearest first: those that contain it, then those
 * within a few slips of the finger (edit distance at most a third of the longer name). Case does not count.
 */
export function nearestNames(word: string, names: readonly string[], count = 3): readonly string[] {
  const typed = word.slice(0, COMPARED).toLowerCase();
  const scored: { readonly name: string; readonly score: number }[] = [];
  for (const name of new Set(names)) {
    const known = name.slice(0, COMPARED).toLowerCase();
    const longer = Math.max(typed.length, known.length);
    if (typed.length > 1 && (known.includes(typed) || (known.length > 2 && typed.includes(known)))) {
      scored.push({ name, score: Math.abs(typed.length - known.length) / (longer * 10) });
      continue;
    }
    const distance = editDistance(typed, known);
    if (distance <= Math.max(1, Math.floor(longer / 3))) scored.push({ name, score: distance / longer });
  }
  scored.sort((a, b) => a.score - b.score);
  return scored.slice(0, count).map((entry) => entry.name);
}

/**
 * Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment
 * distance).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
