/** API keys and the audit log, for administrators. */
import { AddKey, type AuditReply, type KeysReply, PAGE_ROWS_MAX, PageQuery } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import type { Answers } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Desk } from './desk.ts';
import { reply, unknown } from './reply.ts';

export function keyAnswers({ records, clock, note }: Desk): Answers {
  return {
    keys: () => reply(200, { keys: records.keys.list() } satisfies KeysReply),

    addKey: (call) => {
      const wanted = Parse(AddKey, call.body);
      const fresh = records.keys.add(wanted, clock.nowUs());
      if (fresh === undefined) return taken(wanted.name);
      note(call, `made a key for ${wanted.scopes.join(', ')}`, wanted.name);
      return reply(201, fresh);
    },

    revokeKey: (call) => {
      const { key = '' } = call.params;
      const name = records.keys.revoke(key);
      if (name === undefined) return unknown(`key ${key}`, 'See the list of keys.');
      note(call, 'revoked a key', name);
      return reply(204, null);
    },

    audit: ({ query }) => {
      const { cursor, limit = PAGE_ROWS_MAX } = Parse(PageQuery, query);
      const before = /^\d{1,15}$/.test(cursor ?? '') ? Number(cursor) : Number.MAX_SAFE_INTEGER;
      const rows = records.audit.list(before, limit);
      const last = rows.at(-1);
      const next = rows.length < limit || last === undefined ? {} : { next: String(last.id) };
      return reply(200, { rows, ...next } satisfies AuditReply);
    },
  };
}

function taken(name: string) {
  return problem(409, {
    detail: `There is a key ${name} already, or there is no room for another.`,
    hint: 'Choose another name, or revoke a key that nobody uses.',
  });
}
