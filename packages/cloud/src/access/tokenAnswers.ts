/** Devices' tokens: an administrator gives, rotates and revokes them; a provisioning key fetches one for a new device. */
import { unreachable } from '@fernsight/base';
import { AddToken, Enrol, type FreshToken, PAGE_ROWS_MAX, PageQuery } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import type { Answer, Answers } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Desk } from './desk.ts';
import { reply, unknown } from './reply.ts';
import type { TokenRefusal } from './tokens.ts';

export function tokenAnswers({ records, clock, note }: Desk): Answers {
  const { tokens } = records;
  return {
    tokens: ({ query }) => {
      const { cursor = '', limit = PAGE_ROWS_MAX } = Parse(PageQuery, query);
      const rows = tokens.list(cursor, limit);
      const last = rows.at(-1);
      const next = rows.length < limit || last === undefined ? {} : { next: last.device };
      return reply(200, { tokens: rows, ...next });
    },

    addToken: (call) => {
      const { device, children = [] } = Parse(AddToken, call.body);
      const fresh = tokens.add(device, clock.nowUs());
      if (typeof fresh === 'string') return refused(device, fresh);
      const refusedChildren = tokens.claim(device, children);
      note(call, 'gave a device a token', device);
      return reply(201, { device, ...fresh, refusedChildren } satisfies FreshToken);
    },

    rotateToken: (call) => {
      const { device = '' } = call.params;
      const fresh = tokens.rotate(device, clock.nowUs());
      if (fresh === undefined) return withoutToken(device);
      note(call, "rotated a device's token", device);
      return reply(201, { device, ...fresh, refusedChildren: [] } satisfies FreshToken);
    },

    revokeToken: (call) => {
      const { device = '' } = call.params;
      if (!tokens.revoke(device, clock.nowUs())) return withoutToken(device);
      note(call, "revoked a device's token", device);
      return reply(204, null);
    },

    enrol: (call) => {
      const { device } = Parse(Enrol, call.body);
      const fresh = tokens.enrol(device, clock.nowUs());
      if (typeof fresh === 'string') return refused(device, fresh);
      note(call, 'enrolled a device', device);
      return reply(201, { device, ...fresh, refusedChildren: [] } satisfies FreshToken);
    },
  };
}

function withoutToken(device: string): Answer {
  return unknown(`token of ${device} that holds`, `Give it one: fernsight devices add ${device}.`);
}

function refused(device: string, why: TokenRefusal): Answer {
  return problem(409, { ...explain(device, why) });
}

function explain(device: string, why: TokenRefusal): { detail: string; hint: string } {
  switch (why) {
    case 'exists':
      return {
        detail: `${device} has a token already.`,
        hint: `Use the token it has, or "fernsight devices rotate ${device}" for another.`,
      };
    case 'revoked':
      return {
        detail: `The token of ${device} was revoked.`,
        hint: `An administrator may let it in again: fernsight devices add ${device}.`,
      };
    case 'child':
      return {
        detail: `${device} stands behind another device, which writes for it.`,
        hint: `An administrator may part them: fernsight devices add ${device}.`,
      };
    case 'full':
      return {
        detail: 'There are as many devices with tokens as the server takes.',
        hint: 'Revoke those of devices that are gone.',
      };
    default:
      return unreachable(why);
  }
}
