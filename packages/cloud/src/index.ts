/** The cloud as a package: start it, run it. */
export { resetAdministrator } from './access/resetAdministrator.ts';
export type { Cloud, CloudOptions, InlineCloud } from './embedded.ts';
export { DEFAULT_SETTINGS, type Settings } from './settings.ts';
export { openInlineCloud, startCloud } from './start.ts';
export { backupFolder, restoreFolder } from './store/sqlite/backup.ts';
