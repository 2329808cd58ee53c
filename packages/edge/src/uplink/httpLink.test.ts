import { expect, it } from 'vitest';
import { replyOf } from './httpLink.ts';
import { LinkError } from './link.ts';

function kindOf(status: number, type: string, body: string): [string, string | undefined] {
  try {
    replyOf({ status, headers: { 'content-type': type }, body }, 'http://here');
  } catch (error) {
    if (error instanceof LinkError) return [error.kind, error.hint];
    throw error;
  }
  return ['reply', undefined];
}

const PROBLEM = JSON.stringify({ title: 'Unprocessable Entity', detail: 'no' });

it.each([
  [400, 'refused'],
  [409, 'refused'],
  [413, 'tooLarge'],
  [422, 'refused'],
])('a batch is given up for %i only where the cloud says so', (status, kind) => {
  expect(kindOf(status, 'application/problem+json', PROBLEM)).toEqual([kind, undefined]);
  const strange = ['garbage', 'is http://here a Fernsight cloud?'];
  expect(kindOf(status, 'text/html', '<html>plain HTTP on a TLS port</html>')).toEqual(strange);
  expect(kindOf(status, 'application/json', '{"detail":"no"}')).toEqual(strange);
});

it.each([
  [401, 'denied'],
  [429, 'busy'],
  [503, 'busy'],
  [502, 'unreachable'],
])('%i of whoever it is means wait', (status, kind) => {
  expect(kindOf(status, 'text/html', '')).toEqual([kind, undefined]);
});
