/** The cloud as a package: start it, run it. */
export { type Cloud, type CloudOptions, startCloud } from './embedded.ts';
export { DEFAULT_SETTINGS, type Settings } from './settings.ts';
