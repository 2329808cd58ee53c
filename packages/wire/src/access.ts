/**
 * Who may: people and their sessions, API keys, devices' tokens. A secret crosses the wire twice at most: in the reply
 * that made it, and in the header or cookie that presents it; lists never carry one.
 */
import { type Static, Type } from 'typebox';
import { Count, Name, Time } from './atoms.ts';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, SECRET_LENGTH_MAX } from './limits.ts';

/** each may what the one before it may */
export const Role = Type.Enum(['viewer', 'operator', 'admin']);
export type Role = Static<typeof Role>;

/** What a key may. `device`: write readings of any device; `metrics`: scrape; `provision`: enrol devices. */
export const Scope = Type.Enum(['viewer', 'operator', 'admin', 'device', 'metrics', 'provision']);
export type Scope = Static<typeof Scope>;

const Password = Type.String({ minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX });
/** as it was given: one that breaks a rule is wrong, not malformed */
const GivenPassword = Type.String({ maxLength: PASSWORD_LENGTH_MAX });
const Secret = Type.String({ maxLength: SECRET_LENGTH_MAX });

export const Person = Type.Object({ name: Name, role: Role });
export type Person = Static<typeof Person>;

export const Session = Type.Object({
  /** `open`: nobody signs in, the server answers its own machine; `setup`: it waits for its first administrator */
  mode: Type.Enum(['open', 'setup', 'closed']),
  /** absent while nobody is signed in */
  person: Type.Optional(Person),
});
export type Session = Static<typeof Session>;

export const SignIn = Type.Object({ name: Name, password: GivenPassword });
export type SignIn = Static<typeof SignIn>;

export const SetUp = Type.Object({ token: Secret, name: Name, password: Password });
export type SetUp = Static<typeof SetUp>;

export const ChangePassword = Type.Object({ current: GivenPassword, next: Password });
export type ChangePassword = Static<typeof ChangePassword>;

export const AddPerson = Type.Object({ name: Name, role: Role, password: Password });
export type AddPerson = Static<typeof AddPerson>;
export const ChangePerson = Type.Object({
  role: Type.Optional(Role),
  password: Type.Optional(Password),
});
export type ChangePerson = Static<typeof ChangePerson>;

export const PeopleReply = Type.Object({
  people: Type.Array(Type.Intersect([Person, Type.Object({ createdUs: Time })])),
});
export type PeopleReply = Static<typeof PeopleReply>;

const Used = Type.Union([Time, Type.Null()]);

export const Key = Type.Object({
  id: Type.String(),
  name: Name,
  scopes: Type.Array(Scope),
  createdUs: Time,
  /** null: never */
  usedUs: Used,
  /** null: it does not end by itself */
  endsUs: Used,
});
export type Key = Static<typeof Key>;
export const KeysReply = Type.Object({ keys: Type.Array(Key) });
export type KeysReply = Static<typeof KeysReply>;
export const AddKey = Type.Object({
  name: Name,
  scopes: Type.Array(Scope, { minItems: 1, maxItems: 6, uniqueItems: true }),
  endsUs: Type.Optional(Time),
});
export type AddKey = Static<typeof AddKey>;
export const FreshKey = Type.Object({ id: Type.String(), secret: Type.String() });
export type FreshKey = Static<typeof FreshKey>;

export const DeviceToken = Type.Object({
  device: Name,
  createdUs: Time,
  /** null: never */
  usedUs: Used,
  /** null: it holds */
  revokedUs: Used,
  /** devices behind it, for which it may write */
  childCount: Count,
});
export type DeviceToken = Static<typeof DeviceToken>;
export const TokensReply = Type.Object({
  tokens: Type.Array(DeviceToken),
  next: Type.Optional(Type.String()),
});
export type TokensReply = Static<typeof TokensReply>;
export const AddToken = Type.Object({
  device: Name,
  /** devices behind it, where it does not announce them itself */
  children: Type.Optional(Type.Array(Name, { maxItems: 1_000 })),
});
export type AddToken = Static<typeof AddToken>;
export const Enrol = Type.Object({ device: Name });
export type Enrol = Static<typeof Enrol>;
export const FreshToken = Type.Object({
  device: Name,
  token: Type.String(),
  /** children that were asked for and belong to another device */
  refusedChildren: Type.Array(Name),
});
export type FreshToken = Static<typeof FreshToken>;

export const AuditRow = Type.Object({
  id: Count,
  tsUs: Time,
  /** `person anna`, `key ci`, `device pump-3`, `console` */
  actor: Type.String(),
  address: Type.String(),
  action: Type.String(),
  subject: Type.String(),
});
export type AuditRow = Static<typeof AuditRow>;
export const AuditReply = Type.Object({
  rows: Type.Array(AuditRow),
  next: Type.Optional(Type.String()),
});
export type AuditReply = Static<typeof AuditReply>;
