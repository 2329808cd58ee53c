/** People, for administrators. The last administrator stays one. */
import { AddPerson, ChangePerson, type Person } from '@fernsight/wire';
import { Parse } from 'typebox/value';
import type { Answer, Answers } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { Desk } from './desk.ts';
import type { StoredPerson } from './people.ts';
import { reply, unknown } from './reply.ts';

export function peopleAnswers({ records, clock, hasher, note }: Desk): Answers {
  const { people } = records;

  const isLastAdmin = (person: StoredPerson): boolean =>
    person.role === 'admin' && people.adminCount === 1;

  return {
    people: () => reply(200, { people: people.list() }),

    addPerson: async (call) => {
      const { name, role, password } = Parse(AddPerson, call.body);
      if (people.find(name) !== undefined) return taken(name);
      const hash = await hasher.hash(password);
      if (!people.add({ name, role, password: hash }, clock.nowUs())) return taken(name);
      note(call, `added a person as ${role}`, name);
      return reply(201, { name, role } satisfies Person);
    },

    changePerson: async (call) => {
      const { person: name = '' } = call.params;
      const { role, password } = Parse(ChangePerson, call.body);
      const hash = password === undefined ? undefined : await hasher.hash(password);
      const person = people.find(name);
      if (person === undefined) return unknown(`person ${name}`, 'See the list of people.');
      if (role !== undefined && role !== 'admin' && isLastAdmin(person)) return LAST_ADMIN;
      const changed = {
        name,
        role: role ?? person.role,
        password: hash ?? person.password,
      };
      people.change(changed);
      note(
        call,
        `changed a person: ${changed.role}${hash === undefined ? '' : ', password'}`,
        name,
      );
      return reply(200, { name, role: changed.role } satisfies Person);
    },

    removePerson: (call) => {
      const { person: name = '' } = call.params;
      const person = people.find(name);
      if (person === undefined) return unknown(`person ${name}`, 'See the list of people.');
      if (isLastAdmin(person)) return LAST_ADMIN;
      people.remove(name);
      note(call, 'removed a person', name);
      return reply(204, null);
    },
  };
}

function taken(name: string): Answer {
  return problem(409, {
    detail: `There is a person ${name} already, or there is no room for another.`,
    hint: 'Choose another name, or remove somebody who has left.',
  });
}

const LAST_ADMIN = problem(409, {
  detail: 'Nobody would be left who may administer.',
  hint: 'Make another person an administrator first.',
});
