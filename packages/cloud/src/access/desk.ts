/** What the routes get of the access they belong to. */
import type { Clock } from '@fernsight/base';
import type { Access } from './access.ts';
import type { Attempts } from './attempts.ts';
import type { PasswordHasher } from './password.ts';
import type { Facts, Principal } from './principal.ts';
import type { AccessRecords } from './records.ts';

export interface Desk {
  /** Writes a row of the audit log. */
  readonly note: Access['note'];
  readonly records: AccessRecords;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  /** wrong passwords and setup tokens, by address */
  readonly attempts: Attempts;
  readonly isSetupToken: (token: string) => boolean;
  /** The first administrator is there: the setup token ends. */
  readonly setUpDone: () => void;
  /** @returns who is signed in */
  readonly personOf: (facts: Facts) => (Principal & { kind: 'person' }) | undefined;
}
