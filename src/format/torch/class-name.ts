import { isPickleNode, type PickleValue, pickleClass, pickleItems } from "../../codec/pickle-value.ts";

/**
 * `module.Name` of an object's class. Files before PyTorch 1.6 name a module's class by a persistent id,
 * `("module", class, source file, source)`, whose source code is ignored.
 */
export function className(value: PickleValue | undefined): string | null {
  const made = isPickleNode(value, "object") ? value.callable : value;
  if (!isPickleNode(made, "persistent")) return pickleClass(made);
  const [word, type] = pickleItems(made.id) ?? [];
  return word === "module" ? pickleClass(type) : null;
}
