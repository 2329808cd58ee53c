/**
 * What people say of verdicts, and what follows: one that is "not an anomaly" becomes a suppression region of its series.
 * A reading that falls into a region is judged as ever, its score is kept, and it is neither an anomaly nor an alarm.
 */
import { type Static, Type } from 'typebox';
import { Count, KindName, Name, Text, Time } from './atoms.ts';
import { JOINT_EVIDENCES_MAX, JOINT_SENSORS_MAX, PAGE_ROWS_MAX } from './limits.ts';

/** What is told: it was one, or it was none and nobody should hear of its like. */
export const Label = Type.Enum(['real', 'notAnomaly']);
export type Label = Static<typeof Label>;

/** When a region holds: around the same hour of each week, around the same hour of each day, or at any time. */
export const Recurrence = Type.Enum(['weekly', 'daily', 'always']);
export type Recurrence = Static<typeof Recurrence>;

/** By channel in sixteenths of a decade, its sign the direction; or two for each of `among`, in sixteenths of a deviation. */
const Bounds = Type.Array(Type.Integer({ minimum: -32_767, maximum: 32_767 }), {
  maxItems: JOINT_EVIDENCES_MAX,
});
/** A neighbourhood in channel space and time, as judges hold it. */
export const Region = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  /** stamp at which its event began: that hour, as the judge reckons hours, is the region's */
  atUs: Time,
  recurrence: Recurrence,
  /** how long its event lasted */
  lastsUs: Count,
  /** of a region over a device's sensors together: which */
  among: Type.Optional(Type.Array(Name, { maxItems: JOINT_SENSORS_MAX })),
  /** bounds of the evidence */
  lower: Bounds,
  upper: Bounds,
});
export type Region = Static<typeof Region>;

/** All regions of one series, or of a device's sensors together (`@joint`): those that are not named are gone. */
export const SeriesRegions = Type.Object({
  device: Name,
  sensor: Name,
  regions: Type.Array(Region, { maxItems: 64 }),
});
export type SeriesRegions = Static<typeof SeriesRegions>;

/** On a verdict, or on an incident: then on the verdicts that opened it. */
export const GiveFeedback = Type.Union([
  Type.Object({
    label: Label,
    device: Name,
    sensor: Name,
    tsUs: Time,
    /** of the region; default weekly */
    recurrence: Type.Optional(Recurrence),
  }),
  Type.Object({ label: Label, incident: Count, recurrence: Type.Optional(Recurrence) }),
]);
export type GiveFeedback = Static<typeof GiveFeedback>;

export const Feedback = Type.Object({
  id: Count,
  label: Label,
  device: Name,
  sensor: Name,
  tsUs: Time,
  by: Type.String(),
  givenUs: Time,
  /** the incident that it was given on */
  incident: Type.Union([Count, Type.Null()]),
  /** the suppression region it became */
  suppression: Type.Union([Count, Type.Null()]),
});
export type Feedback = Static<typeof Feedback>;

export const FeedbackQuery = Type.Object({
  device: Type.Optional(Name),
  cursor: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
});
export type FeedbackQuery = Static<typeof FeedbackQuery>;
/** newest first */
export const FeedbackReply = Type.Object({
  feedback: Type.Array(Feedback),
  next: Type.Optional(Type.String()),
});
export type FeedbackReply = Static<typeof FeedbackReply>;
export const FreshFeedback = Type.Object({ feedback: Type.Array(Feedback) });
export type FreshFeedback = Static<typeof FreshFeedback>;

/** A suppression region as people see it. */
export const Suppression = Type.Object({
  id: Count,
  device: Name,
  sensor: Name,
  /** stamp and words of the verdict that it was made of */
  tsUs: Time,
  kind: KindName,
  sentence: Text,
  recurrence: Recurrence,
  by: Type.String(),
  givenUs: Time,
  /** readings that fell into it, and the newest */
  count: Count,
  lastUs: Type.Union([Time, Type.Null()]),
});
export type Suppression = Static<typeof Suppression>;
export const SuppressionsQuery = Type.Object({ device: Type.Optional(Name) });
export type SuppressionsQuery = Static<typeof SuppressionsQuery>;
/** newest first; a server holds at most some thousands */
export const SuppressionsReply = Type.Object({ suppressions: Type.Array(Suppression) });
export type SuppressionsReply = Static<typeof SuppressionsReply>;
