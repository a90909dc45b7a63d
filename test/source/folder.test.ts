import { expect, it } from "vitest";
import { fromBytes } from "../../src/source/bytes.ts";
import { folderOf } from "../../src/source/folder.ts";
import { steadyFolder } from "../../src/source/steady.ts";
import { failureOf } from "../failure.ts";

const PATHS = ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"];
const open = async (path: string) => fromBytes(new TextEncoder().encode(path), path);

it("shows paths as a tree", async () => {
  const folder = folderOf("model", PATHS, open);
  expect(await folder.entries()).toEqual([
    { name: "saved_model.pb", kind: "file" },
    { name: "variables", kind: "folder" },
  ]);
  const inner = (await folder.folder("variables"))!;
  expect((await inner.entries()).map(({ name }) => name)).toEqual([
    "variables.data-00000-of-00001",
    "variables.index",
  ]);
  const index = (await inner.file("variables.index"))!;
  expect(new TextDecoder().decode(await index.read(0, index.size))).toBe("variables/variables.index");
  const shard = await index.sibling!("variables.data-00000-of-00001");
  expect(shard?.name).toBe("variables/variables.data-00000-of-00001");
  expect(await (await index.folder!.file("variables.index"))?.size).toBe(index.size);
});

it("has nothing outside itself", async () => {
  const folder = folderOf("model", [...PATHS, "../secret", "/etc/passwd", "a/../b", "a//b", "c\\d"], open);
  expect((await folder.entries()).map(({ name }) => name)).toEqual(["saved_model.pb", "variables"]);
  for (const name of ["..", "variables/variables.index", "", "__proto__", "saved_model.PB"]) {
    expect(await folder.file(name)).toBeNull();
    expect(await folder.folder(name)).toBeNull();
  }
});

it("is guarded like its files", async () => {
  const changing = folderOf("model", PATHS, async (path) => {
    let version = 0;
    return { ...(await open(path)), identity: async () => `${version++}` };
  });
  const file = (await steadyFolder(changing).file("saved_model.pb"))!;
  await failureOf(file.read(0, 1), "source-changed");
  const inner = (await (await steadyFolder(changing).folder("variables"))!.file("variables.index"))!;
  await failureOf(inner.read(0, 1), "source-changed");
});
