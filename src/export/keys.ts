import type { Kernel } from "../kernel/kernel.ts";

/**
 * A key for each kernel inside an archive: its layer's name, made harmless as a path (no leading slash, no `..`,
 * no control characters, halves of surrogate pairs or backslashes) and told apart by `_2`, `_3`, … where two are alike.
 */
export function archiveKeys(kernels: readonly Kernel[]): readonly string[] {
  const taken = new Set<string>();
  return kernels.map((kernel) => {
    const base = harmless(kernel.name);
    let key = base;
    for (let n = 2; taken.has(key.toLowerCase()); n++) key = `${base}_${n}`;
    taken.add(key.toLowerCase());
    return key;
  });
}

function harmless(name: string): string {
  const parts = name
    .replace(/[\p{Cc}\p{Cs}\\:]/gu, "_")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => (part === "." || part === ".." ? "_".repeat(part.length) : part));
  const key = parts.join("/").slice(0, 1000);
  return key === "" || key === "__metadata__" ? "kernel" : key;
}
