/** The routes of incidents and maintenance. */
import type { Clock } from '@fernsight/base';
import {
  AddMaintenance,
  type Incident,
  IncidentsQuery,
  type IncidentsReply,
  Mute,
  PAGE_ROWS_MAX,
} from '@fernsight/wire';
import { Parse } from 'typebox/value';
import { actorName } from '../access/principal.ts';
import { reply, unknown } from '../access/reply.ts';
import type { Answer, Answers, Call } from '../http/answer.ts';
import { problem } from '../http/problem.ts';
import type { IncidentRows } from './incidentRows.ts';
import { type Maintenance, windowObjection } from './maintenance.ts';

export interface IncidentDesk {
  readonly rows: IncidentRows;
  readonly maintenance: Maintenance;
  readonly clock: Clock;
  /** hears that maintenance windows have changed */
  readonly changed: () => Promise<void>;
}

export function incidentAnswers({ rows, maintenance, clock, changed }: IncidentDesk): Answers {
  const complete = (incident: Omit<Incident, 'inMaintenance'>): Incident => {
    const isOpen = incident.closedUs === null;
    const inMaintenance = isOpen && maintenance.covers(incident.device, clock.nowUs());
    return { ...incident, inMaintenance };
  };

  /** Does something to the incident that the call names, and answers with what it is then. */
  const change = (call: Call, act: (id: number) => void): Answer => {
    const id = Number(call.params.incident);
    if (rows.find(id) === undefined) return unknown(`incident ${id}`, 'See the list of incidents.');
    act(id);
    const changed = rows.find(id);
    return changed === undefined
      ? unknown(`incident ${id}`, 'It has just gone.')
      : reply(200, complete(changed));
  };

  return {
    incidents: ({ query }) => {
      const asked = Parse(IncidentsQuery, query);
      const incidents = rows.page(asked).map(complete);
      const last = incidents.at(-1);
      const isLastPage = last === undefined || incidents.length < (asked.limit ?? PAGE_ROWS_MAX);
      const next = isLastPage ? {} : { next: String(last.id) };
      return reply(200, { incidents, ...next } satisfies IncidentsReply);
    },

    acknowledge: (call) =>
      change(call, (id) => rows.acknowledge(id, actorName(call.principal), clock.nowUs())),

    mute: (call) => change(call, (id) => rows.mute(id, Parse(Mute, call.body).untilUs)),

    maintenance: () => reply(200, { windows: maintenance.list(clock.nowUs()) }),

    addMaintenance: async (call) => {
      const wanted = Parse(AddMaintenance, call.body);
      const objection = windowObjection(wanted);
      if (objection !== undefined) {
        return problem(422, { detail: objection, hint: 'times are microseconds since 1970 UTC' });
      }
      const window = maintenance.add(wanted, actorName(call.principal));
      if (window === undefined) return FULL;
      await changed();
      return reply(201, window);
    },

    removeMaintenance: async ({ params }) => {
      if (!maintenance.remove(Number(params.window))) {
        return unknown(`maintenance window ${params.window}`, 'See the list of windows.');
      }
      await changed();
      return reply(204, null);
    },
  };
}

const FULL = problem(409, {
  detail: 'there are as many maintenance windows as the server takes',
  hint: 'remove some; a recurring one can stand for many',
});
