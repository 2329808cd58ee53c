/** The cloud as a package: start it, run it. */
export { resetAdministrator } from './access/resetAdministrator.ts';
export type { Cloud, CloudOptions } from './embedded.ts';
export { DEFAULT_SETTINGS, type Settings } from './settings.ts';
export { startCloud } from './start.ts';
export { backupFolder, restoreFolder } from './store/sqlite/backup.ts';
