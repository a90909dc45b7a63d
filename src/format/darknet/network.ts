import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { integer, integers, type Section } from "./config.ts";

/** What a layer hands on: channels, and extents where the .cfg states them. */
export interface Extents {
  readonly channels: number;
  readonly height: number | null;
  readonly width: number | null;
}

/** One array of the weights file, in its order. */
export interface Part {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One convolution of the network. */
export interface DarknetConvolution {
  readonly name: string;
  readonly transposed: boolean;
  readonly axisOrder: string;
  readonly groups: number;
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: number;
  readonly normalised: boolean;
  readonly input: Extents;
}

/** One layer: what it reads from the weights file, and the convolutions among that. */
export interface DarknetLayer {
  readonly section: string;
  readonly parts: readonly Part[];
  readonly convolutions: readonly DarknetConvolution[];
  readonly output: Extents;
}

/** What a layer is worked out from. */
interface Before {
  readonly section: Section;
  readonly number: number;
  readonly input: Extents;
  /** Outputs of the layers so far. */
  readonly outputs: readonly Extents[];
}

type LayerRule = (before: Before) => Omit<DarknetLayer, "section">;

/** Layers without weights that hand on what they get. */
const UNCHANGED: ReadonlySet<string> = new Set(
  "yolo gaussian_yolo region detection softmax soft cost dropout activation logistic l2norm iseg contrastive normalization lrn empty silence shortcut".split(
    " ",
  ),
);

const RULES: Readonly<Record<string, LayerRule>> = {
  convolutional: (before) => convolution(before, false),
  conv: (before) => convolution(before, false),
  deconvolutional: (before) => convolution(before, true),
  deconv: (before) => convolution(before, true),
  crnn,
  connected,
  conn: connected,
  local,
  batchnorm: ({ number, input }) => ({
    parts: ["scales", "rolling_mean", "rolling_variance"].map((part) => ({
      name: `batchnorm_${number}.${part}`,
      shape: [input.channels],
    })),
    convolutions: [],
    output: input,
  }),
  implicit_add: implicit,
  implicit_mul: implicit,
  shortcut: weightedShortcut,
  maxpool: pooling,
  max: pooling,
  local_avgpool: pooling,
  avgpool: ({ input }) => plain({ channels: input.channels, height: 1, width: 1 }),
  avg: ({ input }) => plain({ channels: input.channels, height: 1, width: 1 }),
  upsample({ section, input }) {
    const stride = integer(section, "stride", 2);
    return plain(scaled(input, stride < 0 ? 1 / -stride : stride));
  },
  reorg: reorganise,
  reorg3d: reorganise,
  reorg_old: reorganise,
  route,
  scale_channels: fromOther,
  sam: fromOther,
  crop: ({ section, input }) =>
    plain({
      channels: input.channels,
      height: integer(section, "crop_height", 1),
      width: integer(section, "crop_width", 1),
    }),
};

/**
 * The layers that the sections state, and the first section whose weights are not known how to pass over, if any:
 * layers behind it cannot be found in the file.
 *
 * @throws ReadError `malformed` where the numbers contradict each other.
 */
export function readNetwork(
  sections: readonly Section[],
  budget: Budget,
): { readonly layers: readonly DarknetLayer[]; readonly unknown: string | null } {
  const net = sections[0]!;
  const extent = (key: string): number | null => {
    const value = integer(net, key, 0);
    return value > 0 ? value : null;
  };
  let input: Extents = {
    channels: extent("channels") ?? 1,
    height: extent("height"),
    width: extent("width"),
  };
  const layers: DarknetLayer[] = [];
  const outputs: Extents[] = [];
  for (const [number, section] of sections.slice(1).entries()) {
    budget.count(1, "layers");
    const { name } = section;
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (rule === undefined && !UNCHANGED.has(name)) return { layers, unknown: name };
    const layer = rule?.({ section, number, input, outputs }) ?? plain(input);
    for (const part of layer.parts) assertShape(part, name, number);
    layers.push({ ...layer, section: name });
    outputs.push(layer.output);
    input = layer.output;
  }
  return { layers, unknown: null };
}

function assertShape({ shape }: Part, section: string, number: number): void {
  const fine = shape.every((extent) => Number.isInteger(extent) && extent > 0);
  if (fine && Number.isSafeInteger(shape.reduce((product, extent) => product * extent, 4))) return;
  throw new ReadError(
    "malformed",
    `Layer ${number} of the .cfg, [${section.slice(0, 40)}], would have weights of shape [${shape.join(", ")}].`,
  );
}

function plain(output: Extents): Omit<DarknetLayer, "section"> {
  return { parts: [], convolutions: [], output };
}

function scaled({ channels, height, width }: Extents, factor: number): Extents {
  const times = (extent: number | null): number | null =>
    extent === null ? null : Math.max(1, Math.floor(extent * factor));
  return { channels, height: times(height), width: times(width) };
}

function convolution({ section, number, input }: Before, transposed: boolean): Omit<DarknetLayer, "section"> {
  const size = integer(section, "size", 1);
  const stride = integer(section, "stride", 1);
  const strides = [integer(section, "stride_y", stride), integer(section, "stride_x", stride)];
  const dilation = Math.max(1, size === 1 ? 1 : integer(section, "dilation", 1));
  const half = integer(section, "pad", 0) !== 0;
  const padding = half ? Math.floor(size / 2) : integer(section, "padding", 0);
  const filters = integer(section, "filters", 1);
  const groups = Math.max(1, integer(section, "groups", 1));
  if (input.channels % groups !== 0 || strides.some((step) => step < 1)) {
    throw new ReadError(
      "malformed",
      `Layer ${number} of the .cfg has ${input.channels} inputs in ${groups} groups and strides of ${strides.join(" x ")}.`,
    );
  }
  const name = `${transposed ? "deconv" : "conv"}_${number}`;
  const own = { name, filters, channels: input.channels, size, groups, transposed };
  const flipped = integer(section, "flipped", 0) !== 0;
  // Layers may share the weights of an earlier one: then nothing of them is stored.
  const shares = section.options.has("share_index");
  const normalised = integer(section, "batch_normalize", 0) !== 0;
  const scales = normalised && integer(section, "dontloadscales", 0) === 0;
  const axis = (extent: number | null, step: number): number | null =>
    extent === null
      ? null
      : transposed
        ? (extent - 1) * step + size - 2 * padding
        : Math.floor((extent + 2 * padding - size) / step) + 1;
  return {
    parts: shares ? [] : convolutionParts(own, scales, flipped),
    convolutions: shares
      ? []
      : [
          {
            name,
            transposed,
            axisOrder: transposed ? "IOHW" : flipped ? "IHWO" : "OIHW",
            groups,
            strides,
            dilation: [dilation, dilation],
            padding: padding * dilation,
            normalised: scales,
            input,
          },
        ],
    output: {
      channels: filters,
      height: axis(input.height, strides[0]!),
      width: axis(input.width, strides[1]!),
    },
  };
}

/** `load_convolutional_weights`: biases, then what normalises, then the weights. */
function convolutionParts(
  own: {
    readonly name: string;
    readonly filters: number;
    readonly channels: number;
    readonly size: number;
    readonly groups: number;
    readonly transposed: boolean;
  },
  scales: boolean,
  flipped: boolean,
): Part[] {
  const { name, filters, channels, size, groups, transposed } = own;
  const vectors = ["biases", ...(scales ? ["scales", "rolling_mean", "rolling_variance"] : [])];
  const inputs = channels / groups;
  const shape = transposed
    ? [channels, filters, size, size]
    : flipped
      ? [inputs, size, size, filters]
      : [filters, inputs, size, size];
  return [
    ...vectors.map((part) => ({ name: `${name}.${part}`, shape: [filters] })),
    { name: `${name}.weights`, shape },
  ];
}

/** Three convolutions that keep the extents: of the input, of the state, of the output. */
function crnn({ section, number, input }: Before): Omit<DarknetLayer, "section"> {
  const hidden = integer(section, "hidden_filters", 1);
  const filters = integer(section, "output_filters", 1);
  const size = integer(section, "size", 3);
  const groups = Math.max(1, integer(section, "groups", 1));
  const scales = integer(section, "batch_normalize", 0) !== 0;
  const chain = [
    ["input", input.channels, hidden],
    ["self", hidden, hidden],
    ["output", hidden, filters],
  ] as const;
  const steps = chain.map(([part, channels, out]) => {
    const name = `crnn_${number}.${part}`;
    const own = { name, filters: out, channels, size, groups, transposed: false };
    return {
      parts: convolutionParts(own, scales, false),
      convolution: {
        name,
        transposed: false,
        axisOrder: "OIHW",
        groups,
        strides: [1, 1],
        dilation: [1, 1],
        padding: Math.floor(size / 2),
        normalised: scales,
        input: { ...input, channels },
      },
    };
  });
  return {
    parts: steps.flatMap(({ parts }) => parts),
    convolutions: steps.map(({ convolution: one }) => one),
    output: { ...input, channels: filters },
  };
}

/** `load_connected_weights`: biases and weights, then what normalises. */
function connected({ section, number, input }: Before): Omit<DarknetLayer, "section"> {
  const outputs = integer(section, "output", 1);
  const inputs = input.channels * (input.height ?? 1) * (input.width ?? 1);
  const name = `connected_${number}`;
  const normalised = integer(section, "batch_normalize", 0) !== 0;
  return {
    parts: [
      { name: `${name}.biases`, shape: [outputs] },
      { name: `${name}.weights`, shape: [outputs, inputs] },
      ...(normalised
        ? ["scales", "rolling_mean", "rolling_variance"].map((part) => ({
            name: `${name}.${part}`,
            shape: [outputs],
          }))
        : []),
    ],
    convolutions: [],
    output: { channels: outputs, height: 1, width: 1 },
  };
}

/** A kernel of its own at every place of the output. */
function local({ section, number, input }: Before): Omit<DarknetLayer, "section"> {
  const size = integer(section, "size", 1);
  const stride = Math.max(1, integer(section, "stride", 1));
  const pad = integer(section, "pad", 0) !== 0;
  const filters = integer(section, "filters", 1);
  const axis = (extent: number | null): number => Math.floor(((extent ?? 0) - (pad ? 1 : size)) / stride) + 1;
  const [height, width] = [axis(input.height), axis(input.width)];
  const name = `local_${number}`;
  return {
    parts: [
      { name: `${name}.biases`, shape: [filters, height, width] },
      { name: `${name}.weights`, shape: [height * width, filters, input.channels, size, size] },
    ],
    convolutions: [],
    output: { channels: filters, height, width },
  };
}

function implicit({ section, number }: Before): Omit<DarknetLayer, "section"> {
  const [filters, atoms] = [integer(section, "filters", 128), integer(section, "atoms", 1)];
  return {
    parts: [{ name: `implicit_${number}.weights`, shape: [atoms, filters] }],
    convolutions: [],
    output: { channels: filters, height: atoms, width: 1 },
  };
}

/** A sum, whose terms may have weights (`weights_type`). */
function weightedShortcut({ section, number, input }: Before): Omit<DarknetLayer, "section"> {
  const type = section.options.get("weights_type") ?? "none";
  const terms = integers(section, "from").length + 1;
  if (type === "none" || !/^per_/.test(type)) return plain(input);
  const shape = type === "per_channel" ? [terms, input.channels] : [terms];
  return { parts: [{ name: `shortcut_${number}.weights`, shape }], convolutions: [], output: input };
}

function pooling({ section, input }: Before): Omit<DarknetLayer, "section"> {
  const stride = integer(section, "stride", 1);
  const [down, across] = [integer(section, "stride_y", stride), integer(section, "stride_x", stride)];
  const size = integer(section, "size", stride);
  const padding = integer(section, "padding", size - 1);
  const axis = (extent: number | null, step: number): number | null =>
    extent === null || step < 1 ? null : Math.floor((extent + padding - size) / step) + 1;
  const deep = integer(section, "maxpool_depth", 0) !== 0;
  return plain({
    channels: deep ? integer(section, "out_channels", 1) : input.channels,
    height: axis(input.height, down),
    width: axis(input.width, across),
  });
}

function reorganise({ section, input }: Before): Omit<DarknetLayer, "section"> {
  const stride = Math.max(1, integer(section, "stride", 1));
  const reverse = integer(section, "reverse", 0) !== 0;
  const { channels, height, width } = scaled(input, reverse ? stride : 1 / stride);
  return plain({ channels: reverse ? channels / stride ** 2 : channels * stride ** 2, height, width });
}

/** Layers by number from the start, or counted back from here. */
function outputOf({ outputs, number }: Before, index: number): Extents {
  const found = outputs[index < 0 ? number + index : index];
  if (found !== undefined) return found;
  throw new ReadError(
    "malformed",
    `Layer ${number} of the .cfg names layer ${index}, which is not before it.`,
  );
}

function route(before: Before): Omit<DarknetLayer, "section"> {
  const from = integers(before.section, "layers").map((index) => outputOf(before, index));
  const groups = Math.max(1, integer(before.section, "groups", 1));
  if (from.length === 0) {
    throw new ReadError("malformed", `Layer ${before.number} of the .cfg, a [route], names no layers.`);
  }
  const channels = from.reduce((sum, extents) => sum + Math.floor(extents.channels / groups), 0);
  return plain({ ...from[0]!, channels });
}

function fromOther(before: Before): Omit<DarknetLayer, "section"> {
  return plain(outputOf(before, integer(before.section, "from", -1)));
}
