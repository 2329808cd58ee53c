/** What an administrator changes while the server runs. It is durable, and holds over what was configured. */
import { type Static, type TSchema, Type } from 'typebox';

const HOUR_MS = 3_600_000;

const fields = {
  /** a device that was not heard for so long is offline */
  offlineAfterMs: Type.Integer({ minimum: 1_000, maximum: 30 * 24 * HOUR_MS }),
  /** and after so long it leaves the fleet view */
  pruneAfterMs: Type.Integer({ minimum: 1_000, maximum: 3_650 * 24 * HOUR_MS }),
  /** and its history is deleted then */
  pruneDeletes: Type.Boolean(),
  /** single readings, minutes and hours are kept so long */
  rawRetentionDays: Type.Number({ minimum: 1, maximum: 36_500 }),
  minuteRetentionDays: Type.Number({ minimum: 1, maximum: 36_500 }),
  hourRetentionDays: Type.Number({ minimum: 1, maximum: 36_500 }),
  /** the store's bound in bytes */
  storeBytesMax: Type.Integer({ minimum: 16 * 1024 * 1024, maximum: Number.MAX_SAFE_INTEGER }),
};

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const ServerSettings = Type.Object({
  ...fields,
  /** null: 80 % of what is free and its own */
  storeBytesMax: orNull(fields.storeBytesMax),
  /** those that were changed by request; the others are as configured */
  changed: Type.Array(Type.String()),
});
export type ServerSettings = Static<typeof ServerSettings>;

/** Absent: as it is. */
export const ChangeSettings = Type.Object(
  {
    offlineAfterMs: Type.Optional(orNull(fields.offlineAfterMs)),
    pruneAfterMs: Type.Optional(orNull(fields.pruneAfterMs)),
    pruneDeletes: Type.Optional(orNull(fields.pruneDeletes)),
    rawRetentionDays: Type.Optional(orNull(fields.rawRetentionDays)),
    minuteRetentionDays: Type.Optional(orNull(fields.minuteRetentionDays)),
    hourRetentionDays: Type.Optional(orNull(fields.hourRetentionDays)),
    storeBytesMax: Type.Optional(orNull(fields.storeBytesMax)),
  },
  { additionalProperties: false },
);
export type ChangeSettings = Static<typeof ChangeSettings>;
