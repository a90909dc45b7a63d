import { describe, expect, it } from "vitest";
import { fromBytes, open } from "../../src/index.ts";
import { writeZip } from "../codec/zip-writer.ts";
import { failureOf } from "../failure.ts";

const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);
const latin1 = (letters: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const opening = (bytes: Uint8Array<ArrayBuffer>, name: string) => open(fromBytes(bytes, name));

describe("open", () => {
  it.each([
    [
      "a Git LFS pointer",
      text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"),
      "a.h5",
      "git lfs pull",
    ],
    ["a web page", text("\n<!DOCTYPE html><html></html>"), "a.safetensors", "web page"],
    ["a pickle", latin1("\x80\x02csklearn.svm\nSVC\n)\x81."), "a.pkl", "sklearn.svm.SVC"],
    ["an old TFLite model", text("\x1c\0\0\0TFL2...."), "a.tflite", "Lite"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0), "a.npy.gz", "decompress"],
    ["xz", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0), "a.tar.xz", "unxz"],
    ["Zstandard", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), "a.zst", "unzstd"],
    ["some zip", writeZip([{ name: "a.txt", data: text("x") }]), "a.zip", "zip archive"],
    ["text", text("hello, world"), "a.txt", "68 65 6c 6c 6f"],
  ] as const)("says what it is instead: %s", async (_, bytes, name, mention) => {
    const error = await failureOf(opening(bytes, name), "unsupported", mention, "safetensors");
    expect(error.file).toBe(name);
  });

  it("says that a file is not what its name says", async () => {
    await failureOf(
      opening(text("hello, world"), "kernel.NPY"),
      "unsupported",
      "named like NumPy array",
      "68 65",
    );
  });

  it("says that a file is empty or a zip is cut off", async () => {
    await failureOf(opening(new Uint8Array(0), "a.npy"), "truncated", "empty");
    const zip = writeZip([{ name: "a.npy", data: text("x") }]);
    await failureOf(opening(zip.slice(0, -5), "a.npz"), "truncated", "cut off");
  });

  it("goes by the bytes, not by the name", async () => {
    const zip = writeZip([]);
    expect((await opening(zip, "a.npz")).format).toBe("npz");
    await failureOf(opening(zip, "a.bin"), "unsupported", "zip archive");
  });
});
