/** The cloud as a package: start it, run it. */
export { resetAdministrator } from './access/resetAdministrator.ts';
export type { Cloud, CloudOptions, InlineCloud } from './embedded.ts';
export { DEFAULT_SETTINGS, type Settings } from './settings.ts';
export { openInlineCloud, startCloud } from './start.ts';
export { backupFolder, restoreFolder } from './store/sqlite/backup.ts';
/** What a simulation reads of the store: which models a device's judges were packed with. */
export { SnapshotRows } from './store/sqlite/snapshotRows.ts';
export { MODELS_KEY } from './worker/deviceModels.ts';
