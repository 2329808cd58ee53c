/**
 * Access (I9): the one place that says who may. The HTTP role asks `authorize` before it reads a body, ingest asks
 * `mayWrite` for each device that a body names, and a stream that stays open asks `stillHolds` now and then.
 *
 * Two modes: closed, where everybody brings a credential (closedAccess.ts), and open, for one machine alone
 * (openMode.ts).
 */
import type { Access as Needed } from '@fernsight/wire';
import type { Answers, Call } from '../http/answer.ts';
import type { Facts, Principal } from './principal.ts';

export interface Refusal {
  readonly status: 401 | 403 | 429;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Decision =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Access {
  /** Some microseconds: one look-up by the hash of what was presented. */
  authorize(facts: Facts, needed: Needed): Decision;
  /** @returns whether the principal may write readings of a device: its own, or one behind it */
  mayWrite(principal: Principal, device: string): boolean;
  /** An agent announces devices behind it. @returns those that are not its own to write for */
  claim(principal: Principal, children: readonly string[]): string[];
  /** @returns whether what the principal presented still holds: not revoked, not ended */
  stillHolds(principal: Principal): boolean;
  /** Writes a row of the audit log: who did what to whom. */
  note(by: Pick<Call, 'principal' | 'facts'>, action: string, subject: string): void;
  readonly answers: Answers;
  /** while nobody is set up: the one-time token to print; it makes the first administrator */
  readonly setupToken: string | undefined;
  run(signal: AbortSignal): Promise<void>;
  close(): void;
}
