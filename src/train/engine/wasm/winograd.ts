/*
 * Winograd's F(4, 3) along the last axis: four neighbouring outputs of three taps from six products instead of
 * twelve. y = A' [(G g) * (B' x)], with the points 0, 1, -1, 2, -2 and infinity (Lavin and Gray, "Fast algorithms
 * for convolutional neural networks", 2016, section 4.2). Sums over channels and the other axes' taps are taken
 * between the transforms, by the same kernels as those of plain convolutions.
 */

/** Outputs along the axis that are computed together. */
export const TILE_WIDTH = 4;
/** Products of a tile, and numbers that it is made of. */
export const POINTS = 6;
