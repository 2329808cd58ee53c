/** When a model on trial is taken and when it is refused, each with its reason: decisions/0040. */

/** Readings of the busiest series after which a model on trial is taken or refused: eight minutes at one a second. */
export const TRIAL_READINGS = 500;
/** A model that marks more than so many times what is running marks is refused. */
export const TRIAL_MARK_RATIO = 3;
/** What is running counts as marking at least this share: two of 500, so that a quiet stretch refuses nobody. */
export const TRIAL_MARK_FLOOR = 0.004;
/** A model is refused that finds so many times more readings unusual than it did of its training rows. */
export const TRIAL_UNUSUAL_RATIO = 3;
/** So many readings must be marked before a model to which none of them is unusual is refused as blind. */
export const TRIAL_ODD_MIN = 5;
/** A model whose slowest hundredth takes more than so many times what the running one's does is refused. */
export const TRIAL_TIME_RATIO = 4;
/** Readings whose time is not looked at: the engine compiles the forest's way as it first goes it. */
export const TRIAL_COLD_READINGS = 100;
/** What is running counts as taking this much: below it a pause of the collector is all that one measures. */
export const TRIAL_TIME_FLOOR_MS = 0.05;
