import { type Folder, folderOf, fromBytes, open } from "kernelscope";
import { safetensors } from "../writers/safetensors.ts";
import { float32Weight } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

const MODEL = safetensors([float32Weight("conv.weight", [4, 2, 3, 3], { length: 72 })]);

async function openedFolder(paths: readonly string[]): Promise<string | null> {
  const folder: Folder = folderOf("net", paths, async (path) => fromBytes(MODEL, path));
  const model = await open(folder);
  await model.close();
  return null;
}

/** Limits of folders and archives. */
export const containerLimits: readonly LimitTest[] = [
  {
    constant: "FOLDERS_MOST",
    passed: "limit",
    // The folder that is searched counts too.
    meets: (amount) =>
      openedFolder([
        "0/model.safetensors",
        ...Array.from({ length: amount - 2 }, (_, at) => `${at + 1}/notes.txt`),
      ]),
  },
  {
    constant: "FOLDERS_DEEP",
    passed: "limit",
    meets: (amount) => openedFolder([`${"in/".repeat(amount)}model.safetensors`]),
  },
];
