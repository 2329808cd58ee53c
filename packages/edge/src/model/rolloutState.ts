/** A sensor type's row in the outbox: what judges it, what is on trial, what was refused. */
import { Fault } from '@fernsight/base';

export interface RolloutState {
  readonly running: string | undefined;
  /** index of the first reading that it judged */
  readonly since: number;
  readonly trial: string | undefined;
  /** index of the first reading of the trial that is or was last */
  readonly trialSince: number;
  readonly refused:
    | { readonly hash: string; readonly reason: string; readonly atUs: number }
    | undefined;
}

/** @throws Fault */
export function parseRolloutState(text: string): RolloutState {
  const fields = objectOf(JSON.parse(text));
  return {
    running: textOf(fields.running),
    since: numberOf(fields.since),
    trial: textOf(fields.trial),
    trialSince: numberOf(fields.trialSince),
    refused: fields.refused === undefined ? undefined : refusalOf(objectOf(fields.refused)),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function refusalOf({ hash, reason, atUs }: Fields): RolloutState['refused'] {
  return { hash: textOf(hash) ?? '', reason: textOf(reason) ?? '', atUs: numberOf(atUs) };
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : damaged();
}

function textOf(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : damaged();
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : damaged();
}

function damaged(): never {
  throw new Fault("the outbox's state of models is damaged", { op: 'outbox.read' });
}
