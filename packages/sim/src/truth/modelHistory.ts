/**
 * Which models an agent said that it judged by, and between which two readings each change fell. What a crash took with
 * the readings behind it is forgotten; what it took alone is found out at the next start.
 */
import type { AgentView } from '@fernsight/edge';

/** What judges a sensor type from a moment on, by hash; null is what ships, and no trial. */
export interface Choice {
  readonly sensorType: string;
  readonly running: string | null;
  readonly trial: string | null;
}

/** Before the first reading. */
export const START = -1;

export class ModelHistory {
  /** by the code of the judged reading before them */
  readonly #choices = new Map<number, Choice[]>();
  #last = START;
  #decided: AgentView['models'] | undefined;

  /** @returns the changes between a judged reading and the next */
  after(code: number): readonly Choice[] {
    return this.#choices.get(code) ?? [];
  }

  /** A reading was judged. What was decided with it holds from the next one on. */
  judged(code: number): void {
    this.#last = code;
    if (this.#decided !== undefined) this.heard(this.#decided);
    this.#decided = undefined;
  }

  /** The agent's models are these from the next reading on. */
  heard(models: AgentView['models']): void {
    const now = this.#now();
    const changed = models
      .map(choiceOf)
      .filter((choice) => !isSame(choice, now.get(choice.sensorType)));
    if (changed.length > 0) this.#choices.set(this.#last, [...this.after(this.#last), ...changed]);
  }

  /** The same, of a decision that a reading brought which is not noted yet. */
  decided(models: AgentView['models']): void {
    this.#decided = models;
  }

  /** @param codes of the readings that were lost @param last of the judged ones that were not */
  lose(codes: Iterable<number>, last: number): void {
    for (const code of codes) this.#choices.delete(code);
    this.#decided = undefined;
    this.#last = last;
  }

  /**
   * A process came up with these models. Changes behind the last reading may not have been committed.
   * @returns a choice that the agent does not hold to, though a reading was committed behind it
   */
  restarted(models: AgentView['models']): Choice | undefined {
    const found = new Map(models.map((model) => [model.sensorType, choiceOf(model)]));
    for (;;) {
      const wrong = [...this.#now().values()].find(
        (choice) => !isSame(choice, found.get(choice.sensorType)),
      );
      if (wrong === undefined) break;
      const open = this.after(this.#last);
      const at = open.findLastIndex(({ sensorType }) => sensorType === wrong.sensorType);
      if (at < 0) return wrong;
      this.#choices.set(this.#last, open.toSpliced(at, 1));
    }
    this.heard(models);
    return undefined;
  }

  #now(): ReadonlyMap<string, Choice> {
    const now = new Map<string, Choice>();
    for (const choices of this.#choices.values()) {
      for (const choice of choices) now.set(choice.sensorType, choice);
    }
    return now;
  }
}

function choiceOf({ sensorType, running, trial }: AgentView['models'][number]): Choice {
  return { sensorType, running, trial: trial?.hash ?? null };
}

function isSame(choice: Choice, other: Choice | undefined): boolean {
  return choice.running === (other?.running ?? null) && choice.trial === (other?.trial ?? null);
}
