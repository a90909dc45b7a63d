import type { Budget } from "../../budget.ts";
import { isPickleNode, type PickleValue } from "../../codec/pickle-value.ts";
import { pickleNodes } from "../../codec/pickle-walk.ts";

/** Modules whose classes and functions only hold data: PyTorch's own, NumPy's and the plain ones of Python. */
const PLAIN =
  /^(torch|torchvision|numpy|collections|argparse|pathlib|datetime|types|_codecs|copyreg|copy_reg|omegaconf|lightning|pytorch_lightning)(\.|$)/;
const PLAIN_BUILTINS =
  /^(set|frozenset|dict|list|tuple|bytes|bytearray|complex|int|float|bool|str|slice|range|object)$/;
/** References that are named in the note. */
const NAMED_MOST = 3;

/**
 * A note about the code that a pickle refers to beyond data classes: Python would import and call it, Kernelscope
 * does not. Not a verdict: what the code would do is not judged.
 */
export function codeReferences(root: PickleValue, budget: Budget): readonly string[] {
  const found = new Set<string>();
  for (const value of pickleNodes(root, budget)) {
    if (isPickleNode(value, "global")) {
      const builtin = /^(builtins|__builtin__)$/.test(value.module);
      if (builtin ? !PLAIN_BUILTINS.test(value.name) : !PLAIN.test(value.module) || isCall(value.name))
        found.add(`${value.module}.${value.name}`);
    }
  }
  if (found.size === 0) return [];
  const names = [...found].slice(0, NAMED_MOST).map((name) => JSON.stringify(name.slice(0, 80)));
  const more = found.size > NAMED_MOST ? ` and ${found.size - NAMED_MOST} more` : "";
  return [
    `The file refers to Python code (${names.join(", ")}${more}), which was not imported or run; loading the file in Python may run it.`,
  ];
}

/** Functions of otherwise plain modules that load or run something. */
function isCall(name: string): boolean {
  return /(^|\.)(load|loads|exec|eval|system|popen|import_module|runstring|compile)\w*$/i.test(name);
}
