/** What people and the page ask for: the fleet now, one device, a series' past, anomalies, the ledger. */
import { type Static, Type } from 'typebox';
import {
  ChannelShare,
  Count,
  KindName,
  Name,
  Score,
  StageName,
  Text,
  Time,
  Value,
} from './atoms.ts';
import { Interruptions } from './batch.ts';
import { Label } from './feedback.ts';
import { HISTORY_POINTS_MAX, PAGE_ROWS_MAX, UNREADABLE_MAX } from './limits.ts';

const MaybeValue = Type.Union([Value, Type.Null()]);

/** The last reading of a series and its verdict. */
export const LatestPoint = Type.Object({
  sensor: Name,
  unit: Type.Optional(Text),
  tsUs: Time,
  value: Value,
  /** null: nobody judged it */
  score: Type.Union([Score, Type.Null()]),
  anomaly: Type.Boolean(),
  /** an episode under the false-alarm budget stands */
  alarm: Type.Boolean(),
  kind: KindName,
  stage: StageName,
  expected: MaybeValue,
  lower: MaybeValue,
  upper: MaybeValue,
});
export type LatestPoint = Static<typeof LatestPoint>;

export const DeviceStatus = Type.Enum(['online', 'offline']);

export const FleetDevice = Type.Object({
  device: Name,
  parent: Type.Optional(Name),
  site: Type.Optional(Text),
  /** who judges: its own agent, or the cloud */
  judge: Type.Enum(['agent', 'cloud']),
  status: DeviceStatus,
  /** receipt of its last reading: liveness goes by it */
  seenUs: Time,
  anomalyCount: Count,
  sensors: Type.Array(LatestPoint),
});
export type FleetDevice = Static<typeof FleetDevice>;

export const FleetTotals = Type.Object({
  deviceCount: Count,
  onlineCount: Count,
  seriesCount: Count,
  readingCount: Count,
  readingsPerSecond: Type.Number({ minimum: 0 }),
  anomaliesHour: Count,
  anomaliesDay: Count,
  alarmsHour: Count,
  alarmsDay: Count,
});
export type FleetTotals = Static<typeof FleetTotals>;

export const FleetReply = Type.Object({
  nowUs: Time,
  totals: FleetTotals,
  devices: Type.Array(FleetDevice),
  /** pass it on as `cursor` for the next page; absent on the last */
  next: Type.Optional(Type.String()),
});
export type FleetReply = Static<typeof FleetReply>;

export const PageQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
});

export const HistoryQuery = Type.Object({
  device: Name,
  sensor: Name,
  fromUs: Time,
  toUs: Time,
  /** at most so many points come back; extremes of what one point stands for are kept */
  points: Type.Optional(Type.Integer({ minimum: 2, maximum: HISTORY_POINTS_MAX })),
});

/** Columns of one length, in time order. At raw resolution min = mean = max = the value. */
export const HistoryReply = Type.Object({
  device: Name,
  sensor: Name,
  unit: Type.Optional(Text),
  /** width of a point; 0: single readings */
  resolutionUs: Count,
  /** where readings cannot be read, for what is stored is damaged; at most UNREADABLE_MAX; absent: all can */
  unreadable: Type.Optional(
    Type.Array(Type.Object({ fromUs: Time, toUs: Time }), { maxItems: UNREADABLE_MAX }),
  ),
  tsUs: Type.Array(Time),
  min: Type.Array(Value),
  mean: Type.Array(Value),
  max: Type.Array(Value),
  count: Type.Array(Count),
  /** the worst in the point; null: unscored */
  score: Type.Array(Type.Union([Score, Type.Null()])),
  anomalies: Type.Array(Count),
  lower: Type.Array(MaybeValue),
  upper: Type.Array(MaybeValue),
});
export type HistoryReply = Static<typeof HistoryReply>;

export const Anomaly = Type.Object({
  device: Name,
  /** `@joint` for a verdict over the device's sensors together */
  sensor: Type.String(),
  unit: Type.Optional(Text),
  tsUs: Time,
  value: MaybeValue,
  score: Score,
  threshold: Score,
  alarm: Type.Boolean(),
  kind: KindName,
  sensorFault: Type.Boolean(),
  expected: MaybeValue,
  lower: MaybeValue,
  upper: MaybeValue,
  channels: Type.Array(ChannelShare),
  /** the reason in one plain sentence */
  sentence: Type.String(),
  backfilled: Type.Boolean(),
  /** the suppression region that it fell into: then it is no anomaly, and told to nobody */
  suppressedBy: Type.Optional(Count),
  /** what people said of it */
  label: Type.Optional(Label),
});
export type Anomaly = Static<typeof Anomaly>;

export const AnomaliesQuery = Type.Object({
  device: Type.Optional(Name),
  sensor: Type.Optional(Type.String({ maxLength: 128 })),
  kind: Type.Optional(KindName),
  /** true: only the readings at which an alarm began */
  alarms: Type.Optional(Type.Boolean()),
  /** true: what suppression regions kept quiet, and only that; default false */
  suppressed: Type.Optional(Type.Boolean()),
  fromUs: Type.Optional(Time),
  toUs: Type.Optional(Time),
  cursor: Type.Optional(Type.String({ maxLength: 200, pattern: '^-?\\d+\\.\\d+$' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
});
/** newest first; a page of what is rare may be short, or empty: there is more as long as it has a `next` */
export const AnomaliesReply = Type.Object({
  anomalies: Type.Array(Anomaly),
  next: Type.Optional(Type.String()),
});
export type AnomaliesReply = Static<typeof AnomaliesReply>;

/** Where a device's readings are (I3). */
export const LedgerReply = Type.Object({
  device: Name,
  stored: Count,
  thinned: Count,
  duplicates: Count,
  conflicts: Count,
  expired: Count,
  /** items of plain devices that were refused */
  rejected: Count,
  gone: Type.Array(Type.Object({ reason: Type.String(), count: Count })),
  epochs: Type.Array(
    Type.Object({
      epoch: Type.String(),
      /** ranges of sequence numbers applied, [first, last], ascending, merged */
      applied: Type.Array(Type.Tuple([Count, Count])),
      /** numbers below the highest applied that have not come */
      missing: Count,
    }),
  ),
  /** as the agent last reported */
  outboxReadings: Type.Optional(Count),
  taken: Type.Optional(Count),
  /** of an agent: how it was when it last reported */
  agent: Type.Optional(
    Type.Object({
      reportedUs: Time,
      version: Text,
      /** of its outbox, and the oldest reading in it */
      outboxBytes: Count,
      oldestUs: Type.Union([Time, Type.Null()]),
      /** its clock less the server's, the way between them included; positive: ahead */
      clockAheadUs: Type.Integer(),
      interruptions: Type.Optional(Interruptions),
    }),
  ),
});
export type LedgerReply = Static<typeof LedgerReply>;
