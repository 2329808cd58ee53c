/** What an operator may choose, with defaults. Times are in the unit that their names end with. */
export interface Settings {
  /** a device that was not heard for so long is offline */
  readonly offlineAfterMs: number;
  /** and after so long it leaves the fleet view; its history stays */
  readonly pruneAfterMs: number;
  /** and its history is deleted then: what the second original did */
  readonly pruneDeletes: boolean;
  /** false alarms a week that each series may raise; undefined: the detector's default */
  readonly budgetPerWeek: number | undefined;
  /** single readings are kept so long, counted from their receipt */
  readonly rawRetentionDays: number;
  readonly minuteRetentionDays: number;
  readonly hourRetentionDays: number;
  /** the store's bound; at it the oldest single readings go first. undefined: 80 % of what is free and its own */
  readonly storeBytesMax: number | undefined;
  /** where backups go, and when (UTC, five fields); undefined: none are made */
  readonly backupDir: string | undefined;
  readonly backupTimes: string;
  /** backups kept; older ones are deleted */
  readonly backupsKept: number;
}

export const DEFAULT_SETTINGS: Settings = {
  offlineAfterMs: 60_000,
  pruneAfterMs: 24 * 3_600_000,
  pruneDeletes: false,
  budgetPerWeek: undefined,
  rawRetentionDays: 30,
  minuteRetentionDays: 365,
  hourRetentionDays: 5 * 365,
  storeBytesMax: undefined,
  backupDir: undefined,
  backupTimes: '15 2 * * *',
  backupsKept: 7,
};

export function completeSettings(given: Partial<Settings> = {}): Settings {
  return { ...DEFAULT_SETTINGS, ...given };
}
