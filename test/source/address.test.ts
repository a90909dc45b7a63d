import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/source/address.ts";
import { isAddress } from "../../src/source/is-address.ts";
import { failureOf } from "../failure.ts";

describe("an address", () => {
  it.each([
    ["https://example.org/a b.npy", "https://example.org/a%20b.npy"],
    ["HTTP://example.org/x?y=1", "http://example.org/x?y=1"],
    ["hf://org/repo/model.safetensors", "https://huggingface.co/org/repo/resolve/main/model.safetensors"],
    ["hf://org/repo@v1.0/a/b c.bin", "https://huggingface.co/org/repo/resolve/v1.0/a/b%20c.bin"],
    [
      "hf://org/repo@refs/pr/1/m.safetensors",
      "https://huggingface.co/org/repo/resolve/refs%2Fpr%2F1/m.safetensors",
    ],
    [
      "hf://org/repo@refs%2Fpr%2F1/m.safetensors",
      "https://huggingface.co/org/repo/resolve/refs%2Fpr%2F1/m.safetensors",
    ],
    ["hf://gpt2/model.safetensors", "https://huggingface.co/gpt2/resolve/main/model.safetensors"],
    ["hf://gpt2@main/a/model.safetensors", "https://huggingface.co/gpt2/resolve/main/a/model.safetensors"],
    ["hf://datasets/org/repo/x.npz", "https://huggingface.co/datasets/org/repo/resolve/main/x.npz"],
    ["s3://bucket/a/b#c?.npy", "https://bucket.s3.amazonaws.com/a/b%23c%3F.npy"],
    ["s3://my.bucket/a.npy", "https://s3.amazonaws.com/my.bucket/a.npy"],
    ["gs://my_bucket/a/m.h5", "https://storage.googleapis.com/my_bucket/a/m.h5"],
  ])("%s is %s", (text, url) => {
    expect(parseAddress(text).href).toBe(url);
    expect(isAddress(text)).toBe(true);
  });

  it.each([
    "model.safetensors",
    "file:///etc/passwd",
    "ftp://example.org/a",
    "javascript:alert(1)",
    "https://user:secret@example.org/a",
    "hf://",
    "hf://org/repo",
    "hf://org/repo/",
    "hf://org/repo/../../x/y",
    "hf://../../api/whoami",
    "s3://bucket",
    "s3://bucket/",
    "s3://evil.com@x/a",
    "s3://b/../c",
    "gs:///a",
    "gs://UPPER/a",
  ])("%s is none", async (text) => {
    await failureOf(() => parseAddress(text), "bad-option");
  });

  it("does not show the password that it refuses", () => {
    expect(() => parseAddress("https://user:secret@example.org/a")).toThrow(/^(?!.*secret)/);
  });

  it.each(["model.safetensors", "-", "./hf:/x", "C:\\x\\y.h5", "a://b"])("is not spelt %s", (text) => {
    expect(isAddress(text)).toBe(false);
  });
});
