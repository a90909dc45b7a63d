import { expect, test } from "vitest";
import { formatTitle, formatTitles } from "../../src/format/format-titles.ts";
import { formats } from "../../src/format/formats.ts";

test("a format is called by what its rows have in common, without endings", () => {
  expect(formatTitle("tensorflow")).toBe("TensorFlow");
  expect(formatTitle("safetensors")).toBe("safetensors");
  expect(formatTitle("keras")).toBe("Keras 3");
  expect(formatTitle("onnx")).toBe("ONNX");
  expect(formatTitle("no such format")).toBe("no such format");
  for (const { name, title } of formats) {
    expect(formatTitle(name)).not.toBe("");
    expect(title.startsWith(formatTitle(name))).toBe(true);
  }
});

test("the list for sentences has every format once, archives last", () => {
  const list = formatTitles();
  expect(list.endsWith("OpenVINO, and these in zip, tar, gzip")).toBe(true);
  expect(list.split("TensorFlow,")).toHaveLength(2);
});
