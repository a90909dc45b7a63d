import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The tensors of a model by names that are theirs alone. */
export interface TensorNames {
  readonly tensors: readonly Tensor[];
  /**
   * The tensor that `make` makes of `proto`, made once. Two of one name (branches may use a name for different
   * values) are told apart by the nodes around them. Of `Constant` nodes only what can be a weight is listed: graphs
   * are full of shapes and axes.
   */
  add(
    proto: object,
    name: string,
    from: { readonly path: readonly string[]; readonly isNode: boolean },
    make: (name: string) => Tensor,
  ): Tensor;
}

/** Collects the tensors of a model. */
export function tensorNames(): TensorNames {
  const made = new Map<object, Tensor>();
  const taken = new Set<string>();
  const tensors: Tensor[] = [];
  return {
    tensors,
    add(proto, name, { path, isNode }, make) {
      const known = made.get(proto);
      if (known !== undefined) return known;
      let own = name;
      if (taken.has(own)) own = [...path, name].join("/");
      for (let copy = 2; taken.has(own); copy++) own = `${[...path, name].join("/")}#${copy}`;
      taken.add(own);
      const tensor = make(own);
      made.set(proto, tensor);
      if (!isNode || !isArithmetic(tensor)) tensors.push(tensor);
      return tensor;
    },
  };
}

/** Shapes, axes and texts that a graph computes with: no weights. */
function isArithmetic({ dtype, shape }: Tensor): boolean {
  return (
    dtype === "string" ||
    ((dtype === "int64" || dtype === "bool") && shape.length <= 1) ||
    countOf(shape) === 0
  );
}
