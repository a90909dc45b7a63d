import type { Tensor } from "../../tensor/tensor.ts";

/** One stored weight of a Keras model. */
export interface KerasWeight {
  /** Its name: Keras 2's own without `:0` (`conv2d/kernel`), the path in a Keras 3 store (`layers/conv2d/vars/0`). */
  readonly name: string;
  /** The parts of the name before the last. */
  readonly scope: readonly string[];
  /** The last part: what the weight is (`kernel`), or its number in a Keras 3 store (`0`). */
  readonly leaf: string;
  readonly shape: readonly number[];
  /** The weight as a tensor. `stated` is the layer's dtype, for types that HDF5 does not know (bfloat16). */
  tensor(stated?: string): Tensor;
}

/** A weight that makes its tensor once per dtype that is stated for it. */
export function kerasWeight(
  about: Pick<KerasWeight, "name" | "scope" | "leaf" | "shape">,
  make: (stated: string | undefined) => Tensor,
): KerasWeight {
  const made = new Map<string | undefined, Tensor>();
  return {
    ...about,
    tensor(stated) {
      const tensor = made.get(stated) ?? make(stated);
      made.set(stated, tensor);
      return tensor;
    },
  };
}

/** What a weight is called inside its layer: TensorFlow 1 counts repeated names (`kernel_1`). */
export function roleOf({ leaf }: KerasWeight): string {
  return leaf.replace(/_\d+$/, "");
}

/** The weights of a layer or of everything below a model, however the file keeps them. */
export interface WeightView {
  /** All weights in here, in the file's order. */
  readonly weights: readonly KerasWeight[];
  /** The views of a model's layers, in their order; null for those that have none in the file. */
  split(layers: readonly LayerName[]): readonly (WeightView | null)[];
  /** The views of the layers that a wrapper wraps. */
  inner(layers: readonly LayerName[]): readonly (WeightView | null)[];
}

/** What a view needs to know about a layer. */
export interface LayerName {
  readonly name: string;
  readonly className: string;
  readonly layers?: readonly LayerName[] | undefined;
  readonly inner?: readonly LayerName[] | undefined;
}
