/** Bounds of a forest (I7), each with its reason. */

/**
 * Deepest tree. A perfect tree doubles with each level: 12 levels, enough for 4,096 samples a tree
 * as ceil(log2 sample) is where isolation stops (Liu, Ting & Zhou 2008, section 4.1), take 64 KB.
 */
export const DEPTH_MAX = 12;

/**
 * Most trees. Path lengths stay below 28 (12 levels and the 15.8 of c(4096)) and are multiples of
 * 2^-40; 256 of them sum below 2^13, so a sum has at most 53 bits and is exact.
 */
export const TREES_MAX = 256;

/** Widest row; in the file a feature is one byte, and 255 marks a leaf. */
export const WIDTH_MAX = 255;
