/** What people are told: incidents, the channels they are told through, and the times when they are left in peace. */
import { type Static, Type } from 'typebox';
import { Count, Name, Text, Time } from './atoms.ts';
import { PAGE_ROWS_MAX } from './limits.ts';

/** Why a device needs a person: its process, one of its sensors, or nothing is heard of it. */
export const Cause = Type.Enum(['anomaly', 'sensorFault', 'silent']);
export type Cause = Static<typeof Cause>;

const MaybeTime = Type.Union([Time, Type.Null()]);

/** At most one of each device and cause is open. */
export const Incident = Type.Object({
  id: Count,
  device: Name,
  cause: Cause,
  /** firing: the cause holds; quiet: it has ended, and stays ended for a while before the incident closes */
  state: Type.Enum(['firing', 'quiet', 'closed']),
  openedUs: Time,
  closedUs: MaybeTime,
  /** the sensors at which it fires, that of the reason first; `@joint` for all together; empty for silence */
  sensors: Type.Array(Type.String()),
  /** the reason of the first of them in one plain sentence; when none fires any more, of what opened it */
  sentence: Type.String(),
  acknowledgedBy: Type.Union([Type.String(), Type.Null()]),
  acknowledgedUs: MaybeTime,
  mutedUntilUs: MaybeTime,
  /** a maintenance window covers the device now */
  inMaintenance: Type.Boolean(),
  /** when people were told, null while they were not */
  toldUs: MaybeTime,
});
export type Incident = Static<typeof Incident>;

export const IncidentsQuery = Type.Object({
  device: Type.Optional(Name),
  /** absent: all; true: those that are open */
  open: Type.Optional(Type.Boolean()),
  cursor: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX })),
});
export type IncidentsQuery = Static<typeof IncidentsQuery>;
/** newest first */
export const IncidentsReply = Type.Object({
  incidents: Type.Array(Incident),
  next: Type.Optional(Type.String()),
});
export type IncidentsReply = Static<typeof IncidentsReply>;

/** Nobody is told of it until then; if it still fires then, people are told again. */
export const Mute = Type.Object({ untilUs: Time });

/** A time in which nobody is told. What still fires when it ends is told then. */
export const MaintenanceWindow = Type.Object({
  id: Count,
  /** null: every device */
  device: Type.Union([Name, Type.Null()]),
  startUs: Time,
  endUs: Time,
  /** it comes back after so long: a day, a week; null: once. In UTC: it does not follow summer time */
  everyUs: Type.Union([Count, Type.Null()]),
  reason: Text,
  addedBy: Type.String(),
});
export type MaintenanceWindow = Static<typeof MaintenanceWindow>;
export const AddMaintenance = Type.Omit(MaintenanceWindow, ['id', 'addedBy']);
export type AddMaintenance = Static<typeof AddMaintenance>;
export const MaintenanceReply = Type.Object({ windows: Type.Array(MaintenanceWindow) });
export type MaintenanceReply = Static<typeof MaintenanceReply>;

const Url = Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 2_048 });
/** one line: a line break would end a header of the mail */
const MailAddress = Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]+$', maxLength: 320 });
const Template = Type.String({ maxLength: 8_192 });

/** Where people are told, as it is given: the address of a webhook is a secret and never comes back. */
export const ChannelTarget = Type.Union([
  Type.Object({
    kind: Type.Literal('webhook'),
    url: Url,
    /** a JSON text with places such as {{title}}; absent: the notice as it is */
    template: Type.Optional(Template),
  }),
  Type.Object({
    kind: Type.Literal('slack'),
    url: Url,
    /** the message's text, with places such as {{title}} */
    template: Type.Optional(Template),
  }),
  /** the address of an Alertmanager, to which /api/v2/alerts is added */
  Type.Object({ kind: Type.Literal('alertmanager'), url: Url }),
  Type.Object({
    kind: Type.Literal('email'),
    /** `smtp://user:password@host:587`, `smtps://…:465` */
    server: Type.String({ pattern: '^smtps?://[^\\s]+$', maxLength: 2_048 }),
    from: MailAddress,
    to: Type.Array(MailAddress, { minItems: 1, maxItems: 100 }),
  }),
]);
export type ChannelTarget = Static<typeof ChannelTarget>;

export const AddChannel = Type.Object({
  name: Name,
  target: ChannelTarget,
  /** absent: all */
  causes: Type.Optional(Type.Array(Cause, { maxItems: 3, uniqueItems: true })),
  /** tell of the end as well; default true */
  tellsEnd: Type.Optional(Type.Boolean()),
});
export type AddChannel = Static<typeof AddChannel>;

export const Channel = Type.Object({
  id: Count,
  name: Name,
  kind: Type.Enum(['webhook', 'slack', 'alertmanager', 'email']),
  /** the host alone */
  host: Type.String(),
  causes: Type.Array(Cause),
  tellsEnd: Type.Boolean(),
  /** notices that wait for another attempt, and those given up */
  waiting: Count,
  givenUp: Count,
  lastDoneUs: MaybeTime,
  /** of the last attempt; null where it succeeded */
  lastError: Type.Union([Type.String(), Type.Null()]),
});
export type Channel = Static<typeof Channel>;
export const ChannelsReply = Type.Object({ channels: Type.Array(Channel) });
export type ChannelsReply = Static<typeof ChannelsReply>;
export const FreshChannel = Type.Object({
  id: Count,
  /** webhooks are signed with it (HMAC-SHA-256); it is in this reply and nowhere else */
  signingSecret: Type.Union([Type.String(), Type.Null()]),
});
export type FreshChannel = Static<typeof FreshChannel>;
export const ChannelTest = Type.Object({
  delivered: Type.Boolean(),
  /** what the other side answered, or why nothing reached it */
  detail: Type.String(),
});
export type ChannelTest = Static<typeof ChannelTest>;

/** What is told: one incident, or many of one cause that began together. The body of a webhook without a template. */
export const Notice = Type.Object({
  id: Count,
  /** again: a mute or a maintenance window has ended and it still fires */
  event: Type.Enum(['opened', 'again', 'resolved', 'test']),
  cause: Cause,
  tsUs: Time,
  /** devices in all; `incidents` names the first of them */
  count: Count,
  title: Type.String(),
  incidents: Type.Array(
    Type.Object({ id: Count, device: Name, openedUs: Time, sentence: Type.String() }),
  ),
});
export type Notice = Static<typeof Notice>;
