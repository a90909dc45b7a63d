import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fromFile } from "../../src/node/file.ts";
import { fromFolder } from "../../src/node/folder.ts";
import { failureOf } from "../failure.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "kernelscope-folder-"));
  await mkdir(join(root, "variables"));
  await writeFile(join(root, "a.bin"), "abc");
  await writeFile(join(root, "variables", "b.bin"), "defg");
  await symlink("/etc/passwd", join(root, "link"));
  await symlink("/etc", join(root, "linked-folder"));
});
afterAll(() => rm(root, { recursive: true }));

it("gives regular files and folders by name", async () => {
  const folder = fromFolder(root);
  expect(await folder.entries()).toEqual([
    { name: "a.bin", kind: "file" },
    { name: "variables", kind: "folder" },
  ]);
  const file = (await (await folder.folder("variables"))!.file("b.bin"))!;
  expect(new TextDecoder().decode(await file.read(0, 4))).toBe("defg");
  await file.close?.();
});

it("follows no link and leaves itself by no name", async () => {
  const folder = fromFolder(root);
  for (const name of ["link", "linked-folder", "..", "variables/b.bin", "missing"]) {
    expect(await folder.file(name)).toBeNull();
    expect(await folder.folder(name)).toBeNull();
  }
  await failureOf(fromFolder(join(root, "missing")).entries(), "not-found");
});

it("is the folder of every file in it", async () => {
  const file = await fromFile(join(root, "a.bin"));
  expect((await file.folder!.entries()).length).toBe(2);
  await file.close?.();
});
