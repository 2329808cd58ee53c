/** The small schemas that the larger ones are made of. */
import { NAME_LENGTH_MAX, NAME_PATTERN } from '@fernsight/base';
import { type Static, Type } from 'typebox';
import { EVIDENCES_MAX, TEXT_LENGTH_MAX } from './limits.ts';

export const Name = Type.String({
  minLength: 1,
  maxLength: NAME_LENGTH_MAX,
  pattern: NAME_PATTERN,
  description: 'a device or a sensor: no slash, no control characters, no blank at the ends',
});

export const Text = Type.String({ maxLength: TEXT_LENGTH_MAX });

/** microseconds since 1970 UTC */
export const Time = Type.Integer({
  minimum: -8.64e15,
  maximum: 8.64e15,
  description: 'microseconds since 1970-01-01 UTC',
});

export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A finite double: JSON has no other. */
export const Value = Type.Number({ minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE });

/** A score times 65535: scores are multiples of 1/65535 (I5). */
export const ScoreSteps = Type.Integer({ minimum: 0, maximum: 65_535 });

/** The same score as a person reads it. */
export const Score = Type.Number({ minimum: 0, maximum: 1 });

export const KindName = Type.Enum([
  'none',
  'spike',
  'drift',
  'dropout',
  'stuck',
  'shift',
  'noise',
  'joint',
]);
export type KindName = Static<typeof KindName>;

/** `unscored`: nobody judged it; `foreign`: it came from the side that is not its judge; `late`: behind the watermark; `future`: its stamp is ahead of the receiver's clock. The order is the code on disk: append only. */
export const StageName = Type.Enum([
  'rules',
  'warming',
  'ready',
  'unscored',
  'foreign',
  'late',
  'future',
]);
export type StageName = Static<typeof StageName>;

/** A channel and its share of the evidence. */
export const ChannelShare = Type.Tuple([Type.String({ maxLength: 32 }), Score]);

/** What a verdict says beyond its score; kept for anomalies and the readings around them. */
export const Explanation = Type.Object({
  anomaly: Type.Boolean(),
  /** an episode under the false-alarm budget stands: what a person is told about; `anomaly` alone is a mark on the chart */
  alarm: Type.Boolean(),
  kind: KindName,
  sensorFault: Type.Boolean(),
  threshold: Score,
  expected: Type.Union([Value, Type.Null()]),
  lower: Type.Union([Value, Type.Null()]),
  upper: Type.Union([Value, Type.Null()]),
  channels: Type.Array(ChannelShare, { maxItems: 3 }),
  /** of a reading that was marked: see Evidence in feedback.ts */
  evidence: Type.Optional(
    Type.Array(Type.Integer({ minimum: -32_767, maximum: 32_767 }), { maxItems: EVIDENCES_MAX }),
  ),
  /** and the stamp at which its event began */
  onsetUs: Type.Optional(Time),
  /** the suppression region that it fell into */
  suppressedBy: Type.Optional(Count),
});
export type Explanation = Static<typeof Explanation>;

/** What a device says of one of its sensors. */
export const SensorCard = Type.Object({
  sensor: Name,
  type: Type.Optional(Text),
  unit: Type.Optional(Text),
  min: Type.Optional(Value),
  max: Type.Optional(Value),
  intervalUs: Type.Optional(Count),
});

/** A device and its sensors, announced before use; a child names the agent it stands behind. */
export const DeviceCard = Type.Object({
  device: Name,
  parent: Type.Optional(Name),
  name: Type.Optional(Text),
  site: Type.Optional(Text),
  sensors: Type.Array(SensorCard, { maxItems: 1_000 }),
});
export type DeviceCard = Static<typeof DeviceCard>;
