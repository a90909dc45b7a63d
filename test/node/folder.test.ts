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
/** A hub's cache as huggingface_hub makes it, with links that lead elsewhere among its own. */
async function makeCache(): Promise<string> {
  const cache = join(root, "models--org--net");
  const revision = join(cache, "snapshots", "abc");
  await mkdir(join(revision, "vae"), { recursive: true });
  await mkdir(join(cache, "blobs"));
  await mkdir(join(cache, "blobs", "inner"));
  await writeFile(join(cache, "blobs", "0001"), "weights");
  await writeFile(join(cache, "blobs", "inner", "0002"), "deeper");
  await writeFile(join(cache, "outside"), "no blob");
  await symlink("../../blobs/0001", join(revision, "model.safetensors"));
  await symlink("../../../blobs/0001", join(revision, "vae", "model.safetensors"));
  await symlink("../../outside", join(revision, "outside"));
  await symlink("../../blobs/inner/0002", join(revision, "deeper"));
  await symlink("../../blobs", join(revision, "folder"));
  await symlink("../../blobs/gone", join(revision, "gone"));
  await symlink("/etc/passwd", join(revision, "passwd"));
  await symlink("blobs/0001", join(cache, "beside"));
  return cache;
}

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

it("follows the links of a hub's cache into its blobs, and no other", async () => {
  const cache = fromFolder(await makeCache());
  const revision = (await (await cache.folder("snapshots"))!.folder("abc"))!;
  expect(await revision.entries()).toEqual([
    { name: "model.safetensors", kind: "file" },
    { name: "vae", kind: "folder" },
  ]);
  const vae = (await revision.folder("vae"))!;
  for (const file of [await revision.file("model.safetensors"), await vae.file("model.safetensors")]) {
    expect(new TextDecoder().decode(await file!.read(0, 7))).toBe("weights");
    await file?.close?.();
  }
  for (const name of ["outside", "deeper", "folder", "gone", "passwd"]) {
    expect(await revision.file(name)).toBeNull();
    expect(await revision.folder(name)).toBeNull();
  }
  expect(await cache.file("beside")).toBeNull();
});

it("is the folder of every file in it", async () => {
  const file = await fromFile(join(root, "a.bin"));
  expect((await file.folder!.entries()).map(({ name }) => name)).toContain("a.bin");
  await file.close?.();
});
