/** Bounds of the registry, each with its reason. */
import { US_PER_DAY } from '@fernsight/base';

/** ModelRegistry kept: a hundred sensor types with ten versions each, 80 MB. Beyond it the oldest that was
 * never chosen goes; where all were, 409. */
export const MODELS_MAX = 1_000;
/** Activations kept and listed: a change a day for three years; the oldest go. */
export const ACTIVATIONS_MAX = 1_000;
/** Changes of the signing key that are kept and shown: one a month for eight years. An agent that slept through more of
 * them is enrolled again. */
export const ROTATIONS_MAX = 100;
/** Trainings that are listed; older ones are forgotten, their models are not. */
export const TRAININGS_MAX = 20;
/** What is trained from where nobody says: four weeks hold each hour of the week four times. */
export const TRAINING_US = 28 * US_PER_DAY;
/** Comparisons that are listed; older ones are forgotten. */
export const COMPARISONS_MAX = 20;
/** What is compared where nobody says: each hour of the week once. */
export const COMPARED_US = 7 * US_PER_DAY;
/** Agents whose models are shown: ten times a large fleet, 10 MB. */
export const CARRIERS_MAX = 10_000;
/** Series that one run of the job `drift` measures: an hour of a core where each has a hundred thousand readings. */
export const DRIFT_SERIES_MAX = 10_000;
/** Measures are kept so long after a series was last measured. */
export const DRIFT_KEPT_US = 30 * US_PER_DAY;
/** Measures in one answer, most first. */
export const DRIFTS_SHOWN_MAX = 1_000;
/** Sensor types with a time-table; as many as there are models. */
export const RETRAININGS_MAX = 1_000;
/** Between two trainings of a sensor type by its time-table: four weeks of readings hardly change in less. */
export const RETRAINING_GAP_US = 3_600_000_000;
/** Newest readings of a series that the server tries a model on, and of how many series: a second of judging. */
export const TRIED_READINGS = 2_000;
export const TRIED_SERIES_MAX = 20;
/** How far back they are looked for. */
export const TRIED_US = 28 * US_PER_DAY;
