/** Bounds of the registry, each with its reason. */

/** Models kept: a hundred sensor types with ten versions each, 80 MB. Beyond it the oldest that never
 * judged goes; where all have judged, 409. */
export const MODELS_MAX = 1_000;
/** Activations kept and listed: a change a day for three years; the oldest go. */
export const ACTIVATIONS_MAX = 1_000;
