import type { Case } from "./case.ts";
import { hdf5Cases, kerasH5Cases } from "./hdf5.ts";
import { kerasZipCases } from "./keras-zip.ts";
import { numpyCases } from "./numpy.ts";
import { safetensorsCases, shardCases } from "./safetensors.ts";
import { zipCases } from "./zip.ts";

/** Every hand-made file. */
export const catalogue: readonly Case[] = [
  ...safetensorsCases,
  ...shardCases,
  ...numpyCases,
  ...zipCases,
  ...hdf5Cases,
  ...kerasH5Cases,
  ...kerasZipCases,
];
