/**
 * How many configurations of the pipeline were measured on the development data before the one that ships was frozen.
 *
 * Every look at a score is a chance to fit it, so the count is printed with every evaluation. It goes up by one for
 * each change of a constant, a channel or a rule whose effect was looked at on a set.
 */
export const CONFIGURATIONS_TRIED = 1;
