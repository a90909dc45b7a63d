/*
 * Winograd's F(4, 3) along the last axis: four neighbouring outputs of three taps from six products instead of
 * twelve. y = A' [(G g) * (B' x)] with the points 0, +-a, +-b and infinity (Lavin and Gray, "Fast algorithms for
 * convolutional neural networks", 2016). Sums over channels and the other axes' taps are taken between the
 * transforms, by the same kernels as those of plain convolutions.
 *
 * B' has the rows of x (x^2 - a^2) (x^2 - b^2) without one factor each, A' the powers 0 to 3 of the points, G their
 * powers 0 to 2 over what the other factors are at the point.
 */

/**
 * The points a and b. The usual 1 and 2 have half as much rounding error again, most of it in the last output; with
 * these it is about even, 1.7 times that of plain sums, and all products of their squares are exact.
 */
export const NEAR = 0.75;
export const FAR = 1.5;

/** Outputs along the axis that are computed together. */
export const TILE_WIDTH = 4;
/** Products of a tile, and numbers that it is made of. */
export const POINTS = 6;
