import type { formats } from "kernelscope";

/** A format's name in the library's table. */
export type FormatName = (typeof formats)[number]["name"];

/** Formats that people think of as one. */
export interface Family {
  readonly title: string;
  /** Usual endings, without the dot. */
  readonly extensions: readonly string[];
}

/** Which family each format belongs to. */
const FAMILY_OF: Readonly<Record<FormatName, string>> = {
  pytorch: "PyTorch",
  torchscript: "PyTorch",
  pt2: "PyTorch",
  keras: "Keras",
  hdf5: "Keras",
  tensorflow: "TensorFlow",
  tflite: "TensorFlow",
  tfjs: "TensorFlow",
  onnx: "ONNX",
  safetensors: "safetensors",
  flax: "Flax (JAX)",
  npy: "NumPy",
  npz: "NumPy",
  coreml: "Core ML",
  openvino: "OpenVINO",
  paddle: "PaddlePaddle",
  caffe: "Caffe",
  darknet: "Darknet",
  gguf: "GGUF",
  matlab: "MATLAB",
  zip: "Archives of these",
  tar: "Archives of these",
  gzip: "Archives of these",
};

/** What can be opened, by family: those that people have most come first, as above. */
export function families(
  rows: readonly { readonly name: FormatName; readonly extensions: readonly string[] }[],
): readonly Family[] {
  const endings = new Map(Object.values(FAMILY_OF).map((title) => [title, new Set<string>()]));
  for (const name of Object.keys(FAMILY_OF))
    for (const row of rows)
      if (row.name === name)
        for (const ending of row.extensions) endings.get(FAMILY_OF[row.name])?.add(ending);
  return [...endings].flatMap(([title, all]) => (all.size === 0 ? [] : [{ title, extensions: [...all] }]));
}
