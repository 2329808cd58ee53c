/** Open mode: no credentials, for this machine alone. What could come from elsewhere is refused (origin.ts). */
import type { Access } from './access.ts';
import { openObjection } from './origin.ts';

/** @returns access that lets everybody on this machine do everything */
export function openMode(): Access {
  return {
    authorize: (facts) => {
      const objection = openObjection(facts);
      if (objection === undefined) return { ok: true, principal: { kind: 'local' } };
      return {
        ok: false,
        refusal: {
          status: 403,
          title: 'Open mode serves this machine alone',
          detail: `The request is refused: ${objection}.`,
          hint: 'Call http://127.0.0.1 on the machine itself, or start the server without --open.',
          headers: {},
        },
      };
    },
    mayWrite: () => true,
    claim: () => [],
    stillHolds: () => true,
    note: () => undefined,
    answers: { session: () => ({ status: 200, body: { mode: 'open' } }) },
    setupToken: undefined,
    run: () => Promise.resolve(),
    close: () => undefined,
  };
}
