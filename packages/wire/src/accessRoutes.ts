/** The part of the table of routes that says who may: sessions, people, keys, tokens, the audit log. */
import { Type } from 'typebox';
import {
  AddKey,
  AddPerson,
  AddToken,
  AuditReply,
  ChangePassword,
  ChangePerson,
  Enrol,
  FreshKey,
  FreshToken,
  KeysReply,
  PeopleReply,
  Person,
  Session,
  SetUp,
  SignIn,
  TokensReply,
} from './access.ts';
import { addresses } from './addresses.ts';
import { Name } from './atoms.ts';
import { PageQuery } from './fleet.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

const DeviceParams = Type.Object({ device: Name });
const PersonParams = Type.Object({ person: Name });
const KeyParams = Type.Object({ key: Name });

export const accessRoutes = {
  session: {
    ...addresses.session,
    access: 'public',
    summary: 'Who is signed in, and whether the server waits for its first administrator',
    replies: { 200: Session },
  },
  signIn: {
    ...addresses.signIn,
    access: 'public',
    summary: 'Sign in with name and password; the session comes as a cookie',
    body: SignIn,
    replies: { 200: Session, 401: Problem, 429: Problem },
  },
  signOut: {
    ...addresses.signOut,
    access: 'public',
    summary: 'End the session',
    replies: { 204: Type.Null() },
  },
  setUp: {
    ...addresses.setUp,
    access: 'public',
    summary:
      'First run: make the first administrator with the one-time token that the server printed',
    body: SetUp,
    replies: { 200: Session, 401: Problem, 409: Problem, 429: Problem },
  },
  changePassword: {
    ...addresses.changePassword,
    access: 'viewer',
    summary: "Change one's own password; other sessions end",
    body: ChangePassword,
    replies: { 204: Type.Null(), 401: Problem, 403: Problem, 429: Problem },
  },
  people: {
    ...addresses.people,
    access: 'admin',
    summary: 'The people who may sign in',
    replies: { 200: PeopleReply },
  },
  addPerson: {
    ...addresses.addPerson,
    access: 'admin',
    summary: 'Add a person',
    body: AddPerson,
    replies: { 201: Person, 409: Problem },
  },
  changePerson: {
    ...addresses.changePerson,
    access: 'admin',
    summary: "Change a person's role or password; their sessions end",
    params: PersonParams,
    body: ChangePerson,
    replies: { 200: Person, 404: Problem, 409: Problem },
  },
  removePerson: {
    ...addresses.removePerson,
    access: 'admin',
    summary: 'Remove a person; their sessions end',
    params: PersonParams,
    replies: { 204: Type.Null(), 404: Problem, 409: Problem },
  },
  keys: {
    ...addresses.keys,
    access: 'admin',
    summary: 'API keys, without their secrets',
    replies: { 200: KeysReply },
  },
  addKey: {
    ...addresses.addKey,
    access: 'admin',
    summary: 'Make an API key; its secret is in this reply and nowhere else',
    body: AddKey,
    replies: { 201: FreshKey, 409: Problem },
  },
  revokeKey: {
    ...addresses.revokeKey,
    access: 'admin',
    summary: 'Revoke an API key',
    params: KeyParams,
    replies: { 204: Type.Null(), 404: Problem },
  },
  tokens: {
    ...addresses.tokens,
    access: 'admin',
    summary: 'Devices that have a token, or had one that was revoked',
    query: PageQuery,
    replies: { 200: TokensReply },
  },
  addToken: {
    ...addresses.addToken,
    access: 'admin',
    summary: 'Give a device a token; it is in this reply and nowhere else',
    body: AddToken,
    replies: { 201: FreshToken, 409: Problem },
  },
  rotateToken: {
    ...addresses.rotateToken,
    access: 'admin',
    summary:
      'Give a device another token; the old one ends when the new one is first used, or after a day',
    params: DeviceParams,
    replies: { 201: FreshToken, 404: Problem },
  },
  revokeToken: {
    ...addresses.revokeToken,
    access: 'admin',
    summary: "Revoke a device's token; it cannot enrol again until it is given one",
    params: DeviceParams,
    replies: { 204: Type.Null(), 404: Problem },
  },
  enrol: {
    ...addresses.enrol,
    access: 'provision',
    summary: 'Exchange a provisioning key for the token of one new device',
    body: Enrol,
    replies: { 201: FreshToken, 409: Problem },
  },
  audit: {
    ...addresses.audit,
    access: 'admin',
    summary: 'Who changed what, newest first',
    query: PageQuery,
    replies: { 200: AuditReply },
  },
} as const satisfies Record<string, Route>;
