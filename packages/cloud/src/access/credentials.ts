/**
 * What a request presents: a secret in the Authorization header or in the session's cookie. Three schemes carry the same
 * tokens: Bearer; Basic with the device's name and its token, so that the originals' clients need nothing but
 * `http://NAME:TOKEN@host`; and Token, which clients of InfluxDB send.
 */
import { SECRET_LENGTH_MAX } from '@fernsight/wire';
import type { Facts } from './principal.ts';

export interface Credential {
  readonly secret: string;
  /** the name that Basic carries beside it */
  readonly name?: string;
  readonly from: 'header' | 'cookie';
}

export const SESSION_COOKIE = 'fernsight';

/** Header fields beyond it hold no credential of ours. */
const FIELD_LENGTH_MAX = 8 * 1024;

/** @returns the credential, `malformed` for one that cannot be read, or undefined where there is none */
export function credentialOf(facts: Facts): Credential | 'malformed' | undefined {
  if (facts.authorization !== undefined) return fromHeader(facts.authorization) ?? 'malformed';
  const secret = facts.cookie === undefined ? undefined : fromCookie(facts.cookie);
  return secret === undefined ? undefined : { secret, from: 'cookie' };
}

function fromHeader(field: string): Credential | undefined {
  if (field.length > FIELD_LENGTH_MAX) return undefined;
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)\s*$/.exec(field) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return value.length <= SECRET_LENGTH_MAX ? { secret: value, from: 'header' } : undefined;
    case 'basic':
      return fromBasic(value);
    default:
      return undefined;
  }
}

/** RFC 7617: name and password are parted by the first colon; a device's name may hold one, a token never does. */
function fromBasic(value: string): Credential | undefined {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.lastIndexOf(':');
  const secret = text.slice(colon + 1);
  if (colon < 1 || secret === '' || secret.length > SECRET_LENGTH_MAX) return undefined;
  return { secret, name: text.slice(0, colon), from: 'header' };
}

function fromCookie(field: string): string | undefined {
  if (field.length > FIELD_LENGTH_MAX) return undefined;
  for (const pair of field.split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** @returns a Set-Cookie field; an empty `secret` ends the cookie */
export function sessionCookie(secret: string, facts: Facts): string {
  const age = secret === '' ? '; Max-Age=0' : '';
  const secure = facts.secure ? '; Secure' : '';
  return `${SESSION_COOKIE}=${secret}; Path=/; HttpOnly; SameSite=Strict${secure}${age}`;
}
