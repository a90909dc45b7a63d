import { caffeCases } from "./caffe.ts";
import type { Case } from "./case.ts";
import { containerCases } from "./containers.ts";
import { coremlCases } from "./coreml.ts";
import { darknetCases, ggufCases, openvinoCases, tfliteCases } from "./engines.ts";
import { flaxCases } from "./flax.ts";
import { hdf5Cases } from "./hdf5.ts";
import { kerasH5Cases, kerasShardCases } from "./keras-h5.ts";
import { kerasZipCases } from "./keras-zip.ts";
import { numpyCases } from "./numpy.ts";
import { onnxCases } from "./onnx.ts";
import { paddleCases } from "./paddle.ts";
import { pt2Cases } from "./pt2.ts";
import { safetensorsCases, shardCases } from "./safetensors.ts";
import { tensorflowCases } from "./tensorflow.ts";
import { torchCases } from "./torch.ts";
import { scriptCases } from "./torchscript.ts";
import { zipCases } from "./zip.ts";

const ORIGINAL = { symbols: true };
const NEWER = { symbols: false };

function named(cases: readonly Case[], suffix: string): readonly Case[] {
  return cases.map((one) => ({ ...one, name: `${one.name} (${suffix})` }));
}

/** Every hand-made file. */
export const catalogue: readonly Case[] = [
  ...safetensorsCases,
  ...shardCases,
  ...numpyCases,
  ...flaxCases,
  ...pt2Cases,
  ...paddleCases,
  ...scriptCases,
  ...onnxCases,
  ...torchCases,
  ...caffeCases,
  ...coremlCases,
  ...tfliteCases,
  ...ggufCases,
  ...openvinoCases,
  ...darknetCases,
  ...tensorflowCases,
  ...zipCases,
  ...hdf5Cases(ORIGINAL),
  ...named(hdf5Cases(NEWER), "newer HDF5"),
  ...kerasH5Cases(ORIGINAL),
  ...named(kerasH5Cases(NEWER), "newer HDF5"),
  ...kerasShardCases,
  ...kerasZipCases,
  ...containerCases,
];
