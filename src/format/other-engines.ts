import type { Probe } from "./format.ts";

/** A kind of file that is told but not read, and what to do about it. */
export interface OtherKind {
  readonly is: (probe: Probe, text: string) => boolean;
  readonly sentence: string;
}

/** The first 32 bits, little-endian. */
function word({ head }: Probe): number {
  return head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
}

/** Files of engines that run networks but are rarely where these were trained. */
export const OTHER_ENGINES: readonly OtherKind[] = [
  {
    is: (_, text) => /^(?:lmgg|tjgg|fmgg|algg|FUGG)/.test(text),
    sentence: "It is a GGML file of the time before GGUF: convert it with the scripts of its own project.",
  },
  {
    // A network as text: its number, then the numbers of layers and blobs.
    is: (_, text) => /^7767517\s+\d+\s+\d+/.test(text),
    sentence:
      "It is an ncnn network (.param), which names its layers but not its weights' layout: open the ONNX or PyTorch file that it was converted from.",
  },
  {
    is: (probe, text) => word(probe) === 0x007685dd && !text.startsWith("7767517"),
    sentence:
      "It is a binary ncnn network (.param.bin): open the ONNX or PyTorch file that it was converted from.",
  },
  {
    is: (probe, text) => /\.t7$/i.test(probe.name) && (/^[1-8]\n/.test(text) || isTorch7Tag(word(probe))),
    sentence:
      "It is a Torch 7 file (Lua): load it with the Python package torchfile, and save its arrays as .npz or safetensors.",
  },
  {
    // NDArray list: 0x112, then eight reserved bytes.
    is: (probe) => word(probe) === 0x112 && probe.head.length >= 16 && probe.head[4] === 0,
    sentence:
      "It is an MXNet parameter file (.params): load it with mxnet.nd.load (MXNet 1.x), and save the arrays with numpy.savez.",
  },
  {
    is: (_, text) => text.startsWith("RKNN"),
    sentence:
      "It is an RKNN model for a Rockchip processor, whose weights are compiled: open the model that it was converted from.",
  },
  {
    is: ({ name }, text) => text.startsWith("ftrt") || /\.(?:engine|plan|trt)$/i.test(name),
    sentence:
      "It is a TensorRT engine, compiled for one kind of GPU, in which kernels no longer stand as they were: open the ONNX file that it was built from.",
  },
  {
    is: ({ name }) => /\.mnn$/i.test(name),
    sentence:
      "It is an MNN model, which Kernelscope does not read: open the model that it was converted from.",
  },
  {
    is: (_, text) => text.startsWith("B\0C\0N\0\0\0"),
    sentence:
      "It is a CNTK model: save it with CNTK as ONNX (model.save(path, format=ModelFormat.ONNX)) and open that.",
  },
  {
    is: (_, text) => text.startsWith("MATLAB 5.0 MAT-file"),
    sentence:
      "It is a MATLAB file of version 5 to 7: save the variables in MATLAB with save(name, '-v7.3'), or in Python with scipy.io.loadmat and numpy.savez.",
  },
];

/** Tags of Torch 7's serialised objects: nil to a function. */
function isTorch7Tag(tag: number): boolean {
  return tag >= 1 && tag <= 8;
}
