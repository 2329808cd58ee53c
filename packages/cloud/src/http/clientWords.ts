/** Problems in the words of those who ask: where others read `detail`, clients of earlier systems and of InfluxDB look elsewhere. */
import type { Problem, RouteName } from '@fernsight/wire';
import { type Objection, objectionTo } from '../originals/objection.ts';
import type { Answer } from './answer.ts';

/** Of the edge original: a list is what was wrong with a body; of other problems `detail` is a sentence there, too. */
const BODY_FAULTS: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** InfluxDB v2 API, schema Error. */
const INFLUX_CODES: ReadonlyMap<number, string> = new Map([
  [400, 'invalid'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [413, 'request too large'],
  [415, 'unsupported media type'],
  [429, 'too many requests'],
  [503, 'unavailable'],
]);

/** @param answer a problem. @returns it with the members that clients of the route look for */
export function inClientWords(route: RouteName | undefined, answer: Answer): Answer {
  const problem = answer.body as Problem;
  const { detail = problem.title } = problem;
  switch (route) {
    case 'pushWindow':
      return BODY_FAULTS.has(answer.status)
        ? { ...answer, body: { ...problem, detail: objections(problem) } }
        : answer;
    case 'data':
    case 'configure':
      return { ...answer, body: { ...problem, error: detail } };
    case 'pushLines': {
      const code = INFLUX_CODES.get(answer.status) ?? 'internal error';
      return { ...answer, body: { ...problem, code, message: detail } };
    }
    default:
      return answer;
  }
}

function objections({ detail = '', errors }: Problem): readonly Objection[] {
  if (errors === undefined) return [objectionTo('', detail)];
  return errors.map(({ pointer }) => objectionTo(pointer, detail));
}
