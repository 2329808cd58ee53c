/**
 * Bodies of the two Python systems that Fernsight replaces, so that their clients run against it unchanged. Extra
 * members in our replies are allowed by both.
 */
import { type Static, Type } from 'typebox';
import { Count, Name, Score, Value } from './atoms.ts';
import { ItemError } from './ingest.ts';

/** ISO 8601; a number since 1970 is read as well */
const Iso = Type.String({ maxLength: 40 });

/** `POST /data`: a device with several metrics at one time */
export const DataBody = Type.Object({
  device_id: Name,
  timestamp: Type.Optional(Iso),
  metrics: Type.Array(Type.Object({ type: Name, value: Value }), { maxItems: 1_000 }),
});
export type DataBody = Static<typeof DataBody>;
export const DataReply = Type.Object({
  status: Type.Literal('Data accepted'),
  /** absent: all was taken */
  errors: Type.Optional(Type.Array(ItemError)),
});
export const OriginalError = Type.Object({ error: Type.String() });

/** `GET /latest`: confidence is the score of an anomaly, else 1 less the score */
export const LatestReply = Type.Array(
  Type.Object({
    device_id: Type.String(),
    timestamp: Type.String(),
    metrics: Type.Array(
      Type.Object({
        type: Type.String(),
        value: Type.Number(),
        result: Type.Enum(['normal', 'anomaly']),
        confidence: Score,
      }),
    ),
  }),
);
export type LatestReply = Static<typeof LatestReply>;

/** `POST /config` */
export const ConfigBody = Type.Object({
  active_device_timeout_seconds: Type.Number({ exclusiveMinimum: 0, maximum: 31_536_000 }),
});
export const ConfigReply = Type.Object({
  status: Type.Literal('updated'),
  active_device_timeout_seconds: Type.Number(),
});

/** `POST /metrics`: a window summary of the first original's agents */
export const MetricsBody = Type.Object({
  device_id: Name,
  window_start: Iso,
  window_end: Iso,
  anomaly_count: Count,
  total_samples: Type.Integer({ minimum: 1 }),
  avg_score: Value,
  max_score: Value,
  min_score: Value,
});
export type MetricsBody = Static<typeof MetricsBody>;
export const MetricsReply = Type.Object({
  status: Type.Literal('success'),
  record_id: Type.Integer(),
  device_id: Type.String(),
  received_at: Type.String(),
});
/** 422 in the manner of the first original's framework */
export const MetricsError = Type.Object({
  detail: Type.Array(
    Type.Object({
      loc: Type.Array(Type.Union([Type.String(), Type.Integer()])),
      msg: Type.String(),
      type: Type.String(),
    }),
  ),
});

export const DeviceSummary = Type.Object({
  device_id: Type.String(),
  total_windows: Count,
  total_samples: Count,
  total_anomalies: Count,
  anomaly_rate: Type.Number(),
  first_seen: Type.Union([Type.String(), Type.Null()]),
  last_seen: Type.Union([Type.String(), Type.Null()]),
});
export type DeviceSummary = Static<typeof DeviceSummary>;
export const DevicesReply = Type.Object({ devices: Type.Array(DeviceSummary), count: Count });
export const StatsReply = Type.Object({
  total_devices: Count,
  total_windows: Count,
  total_samples: Count,
  total_anomalies: Count,
  anomaly_rate: Type.Number(),
});
export const HealthReply = Type.Object({
  status: Type.Enum(['healthy', 'unhealthy']),
  timestamp: Type.String(),
});
