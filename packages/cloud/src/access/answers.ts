/** The routes of access, put together. */
import type { Clock } from '@fernsight/base';
import type { Answers } from '../http/answer.ts';
import type { Attempts } from './attempts.ts';
import { keyAnswers } from './keyAnswers.ts';
import type { PasswordHasher } from './password.ts';
import { peopleAnswers } from './peopleAnswers.ts';
import { actorName, type Facts, type Principal } from './principal.ts';
import type { AccessRecords } from './records.ts';
import { sessionAnswers } from './sessionAnswers.ts';
import { tokenAnswers } from './tokenAnswers.ts';

/** What the routes need of the access they belong to. */
export interface AccessContext {
  readonly records: AccessRecords;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  /** failures by address */
  readonly attempts: Attempts;
  readonly isSetupToken: (token: string) => boolean;
  /** The first administrator is there: the setup token ends. */
  readonly setUpDone: () => void;
  /** @returns who is signed in */
  readonly personOf: (facts: Facts) => (Principal & { kind: 'person' }) | undefined;
}

/** What each group of routes gets. */
export interface Desk extends AccessContext {
  /** Writes a row of the audit log. */
  readonly note: (
    by: { readonly principal: Principal; readonly facts: Facts },
    action: string,
    subject: string,
  ) => void;
}

export function accessAnswers(context: AccessContext): Answers {
  const { records, clock } = context;
  const desk: Desk = {
    ...context,
    note: ({ principal, facts }, action, subject) =>
      records.audit.write({
        tsUs: clock.nowUs(),
        actor: actorName(principal),
        address: facts.address,
        action,
        subject,
      }),
  };
  return {
    ...sessionAnswers(desk),
    ...peopleAnswers(desk),
    ...keyAnswers(desk),
    ...tokenAnswers(desk),
  };
}
