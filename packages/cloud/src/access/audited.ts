/**
 * The audit log of what the routes of access do not write themselves: every route that operates or administers and changes
 * something leaves a row when it succeeds, so that none can be forgotten.
 */
import { type RouteName, routes } from '@fernsight/wire';
import type { Answers, Call } from '../http/answer.ts';
import type { Access } from './access.ts';

/** @returns the answers, those that change something with a row each; those of access itself as they are */
export function audited(answers: Answers, access: Access): Answers {
  const entries = Object.entries(answers) as [RouteName, NonNullable<Answers[RouteName]>][];
  return Object.fromEntries(
    entries.map(([name, answer]) => [
      name,
      isWitnessed(name) && !(name in access.answers)
        ? async (call: Call) => {
            const given = await answer(call);
            if (given.status < 300) access.note(call, name, subjectOf(call));
            return given;
          }
        : answer,
    ]),
  );
}

function isWitnessed(name: RouteName): boolean {
  const { access, method } = routes[name];
  return method !== 'GET' && (access === 'operator' || access === 'admin');
}

/** Names of things alone: a body may hold secrets. */
function subjectOf({ params, body }: Call): string {
  const named = Object.values(params);
  if (named.length > 0) return named.join(' ');
  const { name, device, sensor, sensorType, incident } = Object(body) as Readonly<
    Record<string, unknown>
  >;
  const parts = [name, device, sensor, sensorType, incident].filter(
    (part) => typeof part === 'string' || typeof part === 'number',
  );
  return parts.length > 0 ? parts.join(' ') : Object.keys(Object(body)).join(' ');
}
