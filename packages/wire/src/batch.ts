/**
 * What an agent sends and what it hears back: `POST /api/v1/agents/{agent}/batches`.
 *
 * A batch covers the sequence numbers [seqFirst, seqFirst + seqCount) of one (agent, epoch) without a hole. Each number
 * is there in one of three ways: as a reading in `series`, inside a thinned minute, or in a `gone` count (I2). So
 *
 *     readings in series + sum of thinned counts + sum of gone counts = seqCount
 *
 * and the receiver refuses a batch where it is not (422). A batch is applied whole or not at all; one whose range was
 * applied before is acknowledged as a duplicate (I4). `seqCount` may be 0: summaries alone, or a sign of life.
 */
import { type Static, Type } from 'typebox';
import {
  Count,
  DeviceCard,
  Explanation,
  Name,
  Score,
  ScoreSteps,
  StageName,
  Text,
  Time,
  Value,
} from './atoms.ts';
import { SeriesRegions } from './feedback.ts';
import {
  ANNOUNCE_MAX,
  BATCH_READINGS_MAX,
  BATCH_SERIES_MAX,
  JOINT_EVIDENCES_MAX,
  JOINT_SENSORS_MAX,
  MAINTENANCE_MAX,
  SUMMARIES_MAX,
  SUPPRESSED_SERIES_MAX,
} from './limits.ts';

/** Columns of one series, rows in sequence order; all columns have one length. */
export const SeriesColumns = Type.Object({
  device: Name,
  sensor: Name,
  /** offset of each row from the batch's seqFirst, strictly ascending */
  seq: Type.Array(Type.Integer({ minimum: 0, maximum: 0xffffffff }), {
    maxItems: BATCH_READINGS_MAX,
  }),
  /** the first row's stamp */
  firstUs: Time,
  /** each row's stamp less the one before it; 0 for the first */
  deltaUs: Type.Array(Type.Integer(), { maxItems: BATCH_READINGS_MAX }),
  value: Type.Array(Value, { maxItems: BATCH_READINGS_MAX }),
  scoreSteps: Type.Array(ScoreSteps, { maxItems: BATCH_READINGS_MAX }),
  /** runs of one stage: the row from which it holds; the first is row 0. `unlearnt`: taken in maintenance, judged and not learnt */
  stages: Type.Array(
    Type.Object({ row: Count, stage: StageName, unlearnt: Type.Optional(Type.Boolean()) }),
    { maxItems: BATCH_READINGS_MAX },
  ),
  /** verdicts in full, for anomalies and their surroundings: rows ascending */
  explained: Type.Array(Type.Intersect([Type.Object({ row: Count }), Explanation]), {
    maxItems: BATCH_READINGS_MAX,
  }),
  /** the expected value and band once a minute, for the chart */
  bands: Type.Array(Type.Object({ minuteUs: Time, expected: Value, lower: Value, upper: Value }), {
    maxItems: BATCH_READINGS_MAX,
  }),
});
export type SeriesColumns = Static<typeof SeriesColumns>;

/** One minute of one series of which only this is left. */
export const ThinnedMinute = Type.Object({
  device: Name,
  sensor: Name,
  minuteUs: Time,
  count: Type.Integer({ minimum: 1 }),
  anomalies: Count,
  min: Value,
  max: Value,
  mean: Value,
  worstScoreSteps: ScoreSteps,
});
export type ThinnedMinute = Static<typeof ThinnedMinute>;

/** Readings that will never come, by device and reason. */
export const Gone = Type.Object({
  device: Name,
  /** `dropped` at the bound, `lost` to a power cut or a damaged outbox, `rejected` by the cloud as unacceptable */
  reason: Type.Enum(['dropped', 'lost', 'rejected']),
  count: Type.Integer({ minimum: 1 }),
});
export type Gone = Static<typeof Gone>;

/** What a row showed; see detect's jointSuppression.ts. */
export const JointShown = Type.Object({
  among: Type.Array(Name, { maxItems: JOINT_SENSORS_MAX }),
  /** two for each of `among` */
  evidence: Type.Array(Type.Integer({ minimum: -32_767, maximum: 32_767 }), {
    maxItems: JOINT_EVIDENCES_MAX,
  }),
  /** the stamp at which its event began */
  onsetUs: Time,
  /** the suppression region that it fell into */
  suppressedBy: Type.Optional(Count),
});
export type JointShown = Static<typeof JointShown>;

/** Verdicts over a device's sensors together, each belonging to the row that closed at its stamp. */
export const JointColumns = Type.Object({
  device: Name,
  firstUs: Time,
  deltaUs: Type.Array(Type.Integer(), { maxItems: BATCH_READINGS_MAX }),
  scoreSteps: Type.Array(ScoreSteps, { maxItems: BATCH_READINGS_MAX }),
  explained: Type.Array(
    Type.Object({
      row: Count,
      anomaly: Type.Boolean(),
      alarm: Type.Boolean(),
      threshold: Score,
      /** the sensors that weighed most, heaviest first */
      sensors: Type.Array(Type.Tuple([Name, Score]), { maxItems: 3 }),
      /** of a row that was marked: the sensors that took part, and what each showed */
      shown: Type.Optional(JointShown),
    }),
    { maxItems: BATCH_READINGS_MAX },
  ),
});
export type JointColumns = Static<typeof JointColumns>;

/** A window of one device, five minutes by default. The same summary twice is one. */
export const WindowSummary = Type.Object({
  device: Name,
  startUs: Time,
  endUs: Time,
  sampleCount: Type.Integer({ minimum: 1 }),
  anomalyCount: Count,
  avgScore: Score,
  maxScore: Score,
  minScore: Score,
});
export type WindowSummary = Static<typeof WindowSummary>;

const ModelHash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A sensor type on an agent: what judges it, what is tried beside that, what was refused. null: what the agent ships with. */
export const AgentModel = Type.Object({
  sensorType: Text,
  running: Type.Union([ModelHash, Type.Null()]),
  /** readings of its busiest series so far, and after how many it is decided */
  trial: Type.Union([Type.Object({ hash: ModelHash, readings: Count, of: Count }), Type.Null()]),
  refused: Type.Union([Type.Object({ hash: ModelHash, reason: Text, atUs: Time }), Type.Null()]),
  /** series of the agent that it judges */
  seriesCount: Count,
});
export type AgentModel = Static<typeof AgentModel>;

/**
 * Ends of an agent that were not in order, since its outbox was made, and how many readings of sources that cannot repeat
 * are missing at most (I1). Nobody could count them, so they stand beside what adds up (I3).
 */
export const Interruptions = Type.Object({
  count: Type.Integer({ minimum: 1 }),
  readingsMax: Count,
  /** the last commit before the last one */
  lastUs: Time,
});
export type Interruptions = Static<typeof Interruptions>;

/** How the agent is; it rides on every batch. */
export const AgentStatus = Type.Object({
  version: Text,
  outboxReadings: Count,
  outboxBytes: Count,
  /** the oldest reading still waiting */
  oldestUs: Type.Optional(Time),
  clockUs: Time,
  interruptions: Type.Optional(Interruptions),
  /** readings taken from the sources since the outbox was made, by device: the left side of conservation (I3) */
  taken: Type.Array(Type.Object({ device: Name, taken: Count, invalid: Count }), {
    maxItems: ANNOUNCE_MAX,
  }),
  /** the version of the suppression regions that it holds; absent: none, ever */
  suppression: Type.Optional(Count),
  /** the version of the maintenance windows that it holds; absent: none, ever */
  maintenance: Type.Optional(Text),
  /** sensor types of which a model was ever wanted; the others run what the agent ships with */
  models: Type.Optional(Type.Array(AgentModel, { maxItems: 1_000 })),
  /** the key that models are checked with: first half of its SHA-256 in hex, and how the agent came by it */
  modelKey: Type.Optional(
    Type.Object({ fingerprint: Text, origin: Type.Enum(['enrolment', 'first use']) }),
  ),
});
export type AgentStatus = Static<typeof AgentStatus>;

export const Batch = Type.Object({
  agent: Name,
  epoch: Type.String({ pattern: '^[0-9a-z]{9,13}-[0-9a-z]{8,16}$' }),
  /** backfilled readings are marked and never page anybody */
  lane: Type.Enum(['live', 'backfill']),
  seqFirst: Count,
  seqCount: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
  announce: Type.Array(DeviceCard, { maxItems: ANNOUNCE_MAX }),
  series: Type.Array(SeriesColumns, { maxItems: BATCH_SERIES_MAX }),
  joint: Type.Array(JointColumns, { maxItems: BATCH_SERIES_MAX }),
  thinned: Type.Array(ThinnedMinute, { maxItems: BATCH_READINGS_MAX }),
  gone: Type.Array(Gone, { maxItems: ANNOUNCE_MAX }),
  summaries: Type.Array(WindowSummary, { maxItems: SUMMARIES_MAX }),
  status: AgentStatus,
});
export type Batch = Static<typeof Batch>;

/** When nothing is learnt from a device, or from all (null). */
export const MaintenanceSpan = Type.Object({
  device: Type.Union([Name, Type.Null()]),
  startUs: Time,
  endUs: Time,
  /** from one start to the next; null: once */
  everyUs: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
});
export type MaintenanceSpan = Static<typeof MaintenanceSpan>;

export const BatchReply = Type.Object({
  /** `duplicate`: the whole range had been applied before */
  status: Type.Enum(['stored', 'duplicate']),
  /** readings that were new, and those that were there already */
  stored: Count,
  duplicates: Count,
  serverUs: Time,
  /** the models the agent should run, by sensor type; absent: those it ships with */
  models: Type.Array(Type.Object({ sensorType: Text, hash: ModelHash }), { maxItems: 1_000 }),
  /** absent where the agent's version is the newest; else the series whose regions changed since */
  suppression: Type.Optional(
    Type.Object({
      version: Count,
      series: Type.Array(SeriesRegions, { maxItems: SUPPRESSED_SERIES_MAX }),
    }),
  ),
  /** absent where the agent holds them; else all maintenance windows of the agent and the devices behind it */
  maintenance: Type.Optional(
    Type.Object({
      version: Text,
      windows: Type.Array(MaintenanceSpan, { maxItems: MAINTENANCE_MAX }),
    }),
  ),
});
export type BatchReply = Static<typeof BatchReply>;
