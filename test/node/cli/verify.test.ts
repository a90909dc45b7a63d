import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../../imports.ts";
import { kernelscope, safetensorsOf, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;
afterAll(() => folder.remove());
const seed = join(root, "test/fixtures/keras/keras3-seed.keras");

describe("kernelscope verify", () => {
  it("says what was checked, and ends with 0", async () => {
    const { code, out, err } = await kernelscope(["verify", seed], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("3 of 3 zip entries have the checksum (CRC-32) that the directory states");
    expect(out).toContain("10 of 10 tensors read");
    expect(out).toContain("Nothing is damaged");
  });

  it("says where no checksum vouches for anything", async () => {
    folder.write("a.safetensors", safetensorsOf({ "conv.weight": [2, 3, 3, 3] }));
    const { code, out } = await kernelscope(["verify", "a.safetensors"], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("none for 1 tensor: the file keeps none");
  });

  it("ends with 1 when something is damaged, and names it", async () => {
    const bytes = readFileSync(seed);
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 4;
    folder.write("bad.keras", bytes);
    const { code, out } = await kernelscope(["verify", "bad.keras"], { cwd });
    expect(code).toBe(1);
    expect(out).toMatch(/damaged +entry model\.weights\.h5: The zip entry .* is damaged: its checksum/);
    expect(out).toContain("Damaged: 1 problem.");
    folder.write("cut.safetensors", safetensorsOf({ "conv.weight": [2, 3, 3, 3] }).subarray(0, 100));
    const json = await kernelscope(["verify", "cut.safetensors", "--json"], { cwd });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      sound: false,
      format: null,
      problems: [{ part: "file", code: "truncated" }],
    });
  });

  it("ends with 3 when there is nothing to judge", async () => {
    folder.write("a.txt", "hello, world");
    expect((await kernelscope(["verify", "a.txt"], { cwd })).code).toBe(3);
    expect((await kernelscope(["verify", "none.keras"], { cwd })).code).toBe(3);
  });
});
