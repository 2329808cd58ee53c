/**
 * How many configurations of the pipeline were measured on the development data before the one that ships was frozen.
 *
 * Every look at a score is a chance to fit it, so the count is printed with every evaluation. It goes up by one for
 * each change of a constant, a channel or a rule whose effect was looked at on a set. About 390 were variants of the
 * pipeline and its parts; about 600 were throw-away detectors or score rules on single sets, whose lessons were used (a
 * smoothed level against a frozen reference; a rarity reckoned on the whole past).
 */
export const CONFIGURATIONS_TRIED = 1_002;
