import { countOf } from "../tensor/dtype.ts";

/** A convention for the axes of kernels: PyTorch's `OI…`, Keras's `…IO`, MLX's `O…I`. */
export type Convention = "torch" | "keras" | "mlx";

/** Letters of the spatial axes by rank. */
const SPATIAL: Readonly<Record<number, string>> = { 3: "W", 4: "HW", 5: "DHW" };

/** The axis order of a plain convolution with `length` stored axes (3, 4 or 5). */
export function conventionOrder(convention: Convention, length: number): string {
  const spatial = SPATIAL[length] ?? "";
  return { torch: `OI${spatial}`, keras: `${spatial}IO`, mlx: `O${spatial}I` }[convention];
}

/** Largest extent of a spatial axis that is taken for a kernel's when only the shape speaks. */
export const GUESSED_EXTENT_MAX = 64;

/** What a shape alone says about the convention. */
export interface ShapeGuess {
  readonly convention: Convention;
  /** False when both conventions are equally likely. */
  readonly decided: boolean;
}

/**
 * Chooses between PyTorch's and Keras's axis order by the shape alone: kernels are small and mostly cubes with
 * odd sides, channels are many. Null when neither reading has a kernel small enough.
 */
export function guessConvention(shape: readonly number[]): ShapeGuess | null {
  const torch = costOf(shape.slice(2));
  const keras = costOf(shape.slice(0, -2));
  if (torch === null && keras === null) return null;
  if (torch === null || keras === null)
    return { convention: torch === null ? "keras" : "torch", decided: true };
  const unequal = Number(torch.unequal) - Number(keras.unequal);
  const difference = unequal !== 0 ? unequal : torch.cost - keras.cost;
  return { convention: difference < 0 ? "torch" : "keras", decided: difference !== 0 };
}

function costOf(spatial: readonly number[]): { readonly unequal: boolean; readonly cost: number } | null {
  if (spatial.some((extent) => extent < 1 || extent > GUESSED_EXTENT_MAX)) return null;
  let side = 1;
  let unequal = false;
  let even = 0;
  for (const extent of spatial) {
    if (extent % 2 === 0) even++;
    if (extent === 1) continue;
    if (side > 1 && side !== extent) unequal = true;
    side = extent;
  }
  return { unequal, cost: countOf(spatial) * 2 ** even };
}
