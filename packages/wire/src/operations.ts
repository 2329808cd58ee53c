/** What an operator asks of the server itself: its jobs, its storage, its readings as a file. */
import { type Static, Type } from 'typebox';
import { Count, Name, Text, Time } from './atoms.ts';

export const Job = Type.Object({
  name: Text,
  lastStartUs: Type.Optional(Time),
  lastEndUs: Type.Optional(Time),
  lastOutcome: Type.Optional(Type.String()),
  failed: Type.Boolean(),
  running: Type.Boolean(),
  nextUs: Type.Optional(Time),
});
export type Job = Static<typeof Job>;

export const JobsReply = Type.Object({ jobs: Type.Array(Job) });
export const JobParams = Type.Object({ job: Text });
export const JobStarted = Type.Object({ status: Type.Literal('started') });

export const StorageReply = Type.Object({
  bytes: Count,
  bytesMax: Count,
  readingCount: Count,
  oldestUs: Type.Optional(Time),
  bytesPerReading: Type.Optional(Type.Number({ minimum: 0 })),
  /** how much it grew lately, less than 0 where it shrank; absent for the first hour after a start */
  bytesPerDay: Type.Optional(Type.Number()),
  /** when the bound is reached at the present rate, 0: it is; null: not before retention makes room */
  fullInDays: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  /** what went for want of room since the store was opened; of minutes and hours their points */
  evicted: Type.Object({
    readings: Count,
    minutes: Count,
    hours: Count,
    anomalies: Count,
    windows: Count,
  }),
  /** rows of the journal that are set aside; series a chunk of which could not be read since the store was opened */
  damaged: Type.Object({ journalRows: Count, series: Count }),
  rawRetentionDays: Type.Number({ minimum: 0 }),
  minuteRetentionDays: Type.Number({ minimum: 0 }),
  hourRetentionDays: Type.Number({ minimum: 0 }),
});
export type StorageReply = Static<typeof StorageReply>;

export const ReadyReply = Type.Object({
  status: Type.Literal('ok'),
  /** rows of the journal that were damaged and are set aside, as of the server's start; absent: none */
  damagedRows: Type.Optional(Count),
});
export type ReadyReply = Static<typeof ReadyReply>;

export const ExportQuery = Type.Object({
  device: Name,
  /** absent: all of the device's sensors */
  sensor: Type.Optional(Name),
  fromUs: Time,
  toUs: Time,
  format: Type.Optional(Type.Enum(['csv', 'parquet'])),
  /** all that can be read, where not everything can: the reply's header fernsight-unreadable says what is missing */
  partial: Type.Optional(Type.Boolean()),
});
