/**
 * Gives every tensor a name of its own: the first keeps its name, others of the same get `#2`, `#3`, …. Takes no
 * longer for many of one name than for as many different ones.
 */
export function createNames(): (name: string) => string {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return (name) => {
    let fresh = name;
    for (let copy = next.get(name) ?? 2; taken.has(fresh); copy++) {
      fresh = `${name}#${copy}`;
      next.set(name, copy + 1);
    }
    taken.add(fresh);
    return fresh;
  };
}
