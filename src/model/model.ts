import type { Tensor } from "../tensor/tensor.ts";

/** How a convolution uses its kernel. Grouped convolutions are `conv` with `groups` > 1. */
export type LayerKind = "conv" | "depthwise" | "transposed";

/**
 * How a tensor was recognised as a convolution kernel: by the operator that uses it, by the file's
 * architecture, by its name, or by its shape alone (a guess).
 */
export type Evidence = "operator" | "config" | "name" | "shape";

/** Extents in canonical axes: [out, inPerGroup, depth, height, width]; 1-D and 2-D kernels have leading 1s. */
export type KernelShape = readonly [
  out: number,
  inPerGroup: number,
  depth: number,
  height: number,
  width: number,
];

/**
 * A batch normalisation that follows a convolution directly, so that it can be folded into the kernel:
 * `weight * scale / sqrt(variance + epsilon)` for each output channel.
 */
export interface BatchNorm {
  /** What the file calls it, where it does so otherwise than by its tensors' names. */
  readonly name?: string | undefined;
  /** One value a channel (gamma); null: all ones. */
  readonly scale: Tensor | null;
  /** One value a channel (beta); null: all zeros. */
  readonly offset: Tensor | null;
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly epsilon: number;
  /** A sentence of caution where something had to be assumed. */
  readonly note?: string | undefined;
}

/** A convolution found in a model. What the file does not say is null. */
export interface ConvLayer {
  /** Position in the model's list, from 0. */
  readonly index: number;
  readonly name: string;
  readonly kind: LayerKind;
  /** Spatial axes of the kernel: 1, 2 or 3. */
  readonly rank: 1 | 2 | 3;
  readonly shape: KernelShape;
  readonly groups: number | null;
  /** One entry per spatial axis. */
  readonly strides: readonly number[] | null;
  /** The framework's word (`same`, `valid`, `causal`) or [before, after] per spatial axis. */
  readonly padding: string | readonly (readonly [number, number])[] | null;
  /** One entry per spatial axis. */
  readonly dilation: readonly number[] | null;
  /** The stored axis order, one letter per stored axis (`DHWIO`, `OIHW`, `HWIM`, …). */
  readonly axisOrder: string;
  readonly evidence: Evidence;
  /** A sentence of caution where something had to be assumed. */
  readonly note?: string | undefined;
  readonly kernel: Tensor;
  readonly bias: Tensor | null;
  /** Spatial extents of the layer's input, null where unknown; null when the file holds no architecture. */
  readonly inputExtents: readonly (number | null)[] | null;
  /** The batch normalisation that can be folded into the kernel; null when the file tells of none. */
  readonly batchNorm: BatchNorm | null;
}

/** One layer of the file's own architecture, convolution or not: a row of `summary`. */
export interface ArchitectureLayer {
  readonly name: string;
  readonly className: string;
  /**
   * Extents with null for unknown (batch); several shapes for several outputs; null when it cannot be known.
   * Of a layer that is called more than once, the last call's.
   */
  readonly outputShapes: readonly (readonly (number | null)[])[] | null;
  /** Whether calls of the layer have different output shapes: Keras 2 then prints `multiple`. */
  readonly outputsDiffer: boolean;
  readonly parameters: number;
  /** Of `parameters`, those that are not trained. */
  readonly nonTrainable: number;
  readonly trainable: boolean;
  readonly built: boolean;
  /** Names of what feeds this layer: [layer, node index, tensor index]. */
  readonly inbound: readonly (readonly [layer: string, node: number, tensor: number])[];
  /** Layers of a nested model. */
  readonly layers?: readonly ArchitectureLayer[] | undefined;
}

/** The architecture that a file states about itself. */
export interface Architecture {
  readonly name: string;
  readonly className: "Sequential" | "Functional" | (string & {});
  /** The framework and version that wrote it, such as `keras 2.2.5`; null when the file does not say. */
  readonly framework: string | null;
  /** Whether the layers form more than a chain, so that Keras's summary shows what each is connected to. */
  readonly branching: boolean;
  readonly layers: readonly ArchitectureLayer[];
  /** Parameters of the optimizer's state, null when the file holds none. */
  readonly optimizerParameters: number | null;
  /** Bytes of the model's weights as the framework counts them for its summary. */
  readonly parameterBytes: {
    readonly total: number;
    readonly trainable: number;
    readonly nonTrainable: number;
    readonly optimizer: number;
  };
}

/** What `open` returns: tensors and the convolutions found among them; no weights are read yet. */
export interface Model {
  /** The source's name. */
  readonly file: string;
  /** Name of the row in the format table. */
  readonly format: string;
  /** Who wrote the file, such as `keras 3.15.1`; null when it does not say. */
  readonly producer: string | null;
  /** What the file says about itself by key, as text, such as `__metadata__` of safetensors; absent when nothing. */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
  readonly layers: readonly ConvLayer[];
  /** Every tensor of the model, without optimizer state. */
  readonly tensors: readonly Tensor[];
  /** What else was looked at and left out, each with a reason. */
  readonly rejected: readonly { readonly tensor: Tensor; readonly reason: string }[];
  readonly architecture: Architecture | null;
  readonly parameters: {
    readonly total: number;
    readonly trainable: number | null;
    readonly nonTrainable: number | null;
  };
  /** Things the user should know about the file as a whole, as sentences. */
  readonly notes: readonly string[];
  /** Ends workers and frees the source. */
  close(): Promise<void>;
}
