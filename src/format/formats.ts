import type { FormatRow } from "./format.ts";

/**
 * Every weight format, in the order in which their readers (`readers.ts`) are asked. A new format is one file or
 * folder beside this one, one row here and one there.
 */
export const formats = [
  { name: "safetensors", title: "safetensors", extensions: ["safetensors"] },
  {
    name: "safetensors",
    title: "safetensors in several files (.safetensors.index.json)",
    extensions: ["safetensors.index.json"],
  },
  { name: "keras", title: "Keras 3 (.keras)", extensions: ["keras"] },
  { name: "keras", title: "Keras 3 weights in several files (.weights.json)", extensions: ["weights.json"] },
  { name: "matlab", title: "MATLAB 7.3 (.mat)", extensions: ["mat"] },
  { name: "hdf5", title: "Keras 2 and other HDF5 (.h5, .weights.h5)", extensions: ["h5", "hdf5"] },
  { name: "pt2", title: "PyTorch exported program (.pt2)", extensions: ["pt2"] },
  {
    name: "tensorflow",
    title: "TensorFlow checkpoint (.index)",
    extensions: ["index", "ckpt"],
  },
  {
    name: "tensorflow",
    title: "TensorFlow SavedModel (saved_model.pb)",
    extensions: ["pb"],
  },
  { name: "tensorflow", title: "TensorFlow frozen graph (.pb)", extensions: ["pb"] },
  { name: "tfjs", title: "TensorFlow.js (model.json)", extensions: ["json"] },
  {
    name: "paddle",
    title: "PaddlePaddle (.pdparams, .pdmodel with .pdiparams)",
    extensions: ["pdparams", "pdmodel", "pdiparams"],
  },
  { name: "npy", title: "NumPy array (.npy)", extensions: ["npy"] },
  { name: "npz", title: "NumPy archive (.npz)", extensions: ["npz"] },
  { name: "flax", title: "Flax (.msgpack)", extensions: ["msgpack"] },
  { name: "onnx", title: "ONNX (.onnx)", extensions: ["onnx"] },
  { name: "coreml", title: "Core ML (.mlmodel, .mlpackage)", extensions: ["mlmodel", "mlpackage"] },
  { name: "caffe", title: "Caffe (.caffemodel)", extensions: ["caffemodel"] },
  { name: "tflite", title: "TensorFlow Lite (.tflite)", extensions: ["tflite"] },
  { name: "torchscript", title: "TorchScript (.pt, .ts, .ptl)", extensions: ["pt", "ts", "ptl"] },
  {
    name: "pytorch",
    title: "PyTorch (.pt, .pth, .bin, .ckpt)",
    extensions: ["pt", "pth", "bin", "ckpt", "pkl"],
  },
  // Last: a zip that is a format itself is taken by that.
  { name: "zip", title: "Zip archive of a model (.zip)", extensions: ["zip"], container: true },
  { name: "tar", title: "Tar archive of a model (.tar)", extensions: ["tar"], container: true },
  {
    name: "gzip",
    title: "Any of these compressed with gzip (.gz, .tgz)",
    extensions: ["gz", "tgz"],
    container: true,
  },
  { name: "gguf", title: "GGUF (.gguf)", extensions: ["gguf"] },
  { name: "darknet", title: "Darknet (.weights with .cfg)", extensions: ["weights", "cfg"] },
  { name: "openvino", title: "OpenVINO (.xml with .bin)", extensions: ["xml"] },
] as const satisfies readonly FormatRow[];

/** The title of a row: what readers are kept by. */
export type FormatTitle = (typeof formats)[number]["title"];
