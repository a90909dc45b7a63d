import type { Extents } from "./config.ts";
import { type Extent, integer, isChannelsFirst, text } from "./settings.ts";
import type { ShapeRule } from "./shapes.ts";
import { convolvedExtent } from "./shapes-convolution.ts";
import { unchanged } from "./shapes-core.ts";

/** Layers that change pixels but not extents, in their names of all versions. */
const SAME_SIZE = [
  "AugMix",
  "AutoContrast",
  "ContrastLimitedAdaptiveHistogramEqualization",
  "CutMix",
  "Equalization",
  "Hashing",
  "MixUp",
  "Normalization",
  "RandAugment",
  "RandomBrightness",
  "RandomColorDegeneration",
  "RandomColorJitter",
  "RandomContrast",
  "RandomElasticTransform",
  "RandomErasing",
  "RandomFlip",
  "RandomGaussianBlur",
  "RandomGrayscale",
  "RandomHue",
  "RandomInvert",
  "RandomPerspective",
  "RandomPosterization",
  "RandomRotation",
  "RandomSaturation",
  "RandomSharpness",
  "RandomShear",
  "RandomTranslation",
  "RandomZoom",
  "Rescaling",
  "Solarization",
] as const;

/** Replaces height and width of a picture or a batch of them. */
function sized(height: (given: Extent, asked: Extent) => Extent, width = height): ShapeRule {
  return ({ config, inputs: [input] }) => {
    if (input === undefined || input.length < 3) return null;
    const at = input.length - (isChannelsFirst(config) ? 2 : 3);
    const output: Extent[] = [...input];
    output[at] = height(input[at]!, integer(config, "height"));
    output[at + 1] = width(input[at + 1]!, integer(config, "width"));
    return [output];
  };
}

const asked = (_: Extent, wanted: Extent): Extent => wanted;
const kept = (given: Extent): Extent => given;
const open = (): Extent => null;

/** `int` gives one number per value; the other modes one number per token. */
const category: ShapeRule = ({ config, inputs: [input] }) => {
  if (input === undefined) return null;
  const tokens = integer(config, "num_tokens");
  const one = text(config, "output_mode", "multi_hot") === "one_hot" && input.at(-1) !== 1;
  return [[...(one ? input : input.slice(0, -1)), tokens]];
};

const looked: ShapeRule = ({ config, inputs }) =>
  text(config, "output_mode", "int") === "int" ? inputs.slice(0, 1) : null;

const spectrogram: ShapeRule = ({ config, inputs: [input] }) => {
  const length = integer(config, "frame_length", 256);
  const step = integer(config, "frame_step") ?? (length === null ? null : Math.floor(length / 2));
  const fft = integer(config, "fft_length") ?? length;
  if (input?.length !== 3 || length === null || step === null || fft === null) return null;
  const first = isChannelsFirst(config);
  const [batch, channels, time]: Extents = [input[0]!, input[first ? 1 : 2]!, input[first ? 2 : 1]!];
  const bins = (Math.floor(fft / 2) + 1) * (config.mode === "stft" ? 2 : 1);
  const steps = convolvedExtent(time!, length, step, 1, text(config, "padding", "valid"));
  if (config.expand_dims === true)
    return [first ? [batch!, channels!, steps, bins] : [batch!, steps, bins, channels!]];
  const all = channels === null ? null : bins * channels!;
  return [first ? [batch!, all, steps] : [batch!, steps, all]];
};

const mel: ShapeRule = ({ config, inputs: [input] }) => {
  const stride = integer(config, "sequence_stride", 512);
  const samples = input?.at(-1) ?? null;
  if (input === undefined || stride === null || stride < 1) return null;
  const steps = samples === null ? null : Math.floor((samples + stride + 1) / stride);
  return [[...input.slice(0, -1), integer(config, "num_mel_bins", 128), steps]];
};

/** Preprocessing and augmentation layers. */
export const PREPROCESSING_RULES: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(SAME_SIZE.map((name) => [name, unchanged])),
  CategoryEncoding: category,
  CenterCrop: sized(asked),
  Discretization: looked,
  IntegerLookup: looked,
  MelSpectrogram: mel,
  RandomCrop: sized(asked),
  RandomHeight: sized(open, kept),
  RandomWidth: sized(kept, open),
  Resizing: sized(asked),
  STFTSpectrogram: spectrogram,
  StringLookup: looked,
};
