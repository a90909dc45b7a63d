/** Colormaps by matplotlib's names; `signed` is Kernelscope's own map of equal lightness on both sides of zero. */
export type ColormapName = "gray" | "viridis" | "magma" | "inferno" | "cividis" | "RdBu" | "RdBu_r" | "PuOr" | "signed";
