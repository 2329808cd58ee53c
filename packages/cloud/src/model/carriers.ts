/**
 * Who runs which model, as the agents say with every batch. In memory: after a restart each says it again with its next
 * one. Of the most agents that are kept, the one that has been silent longest goes first.
 */
import type { AgentStatus, BatchReply, Carrier, RolloutReply } from '@fernsight/wire';
import { CARRIERS_MAX } from './limits.ts';

interface Report {
  readonly status: AgentStatus;
  readonly reportedUs: number;
}

export class Carriers {
  readonly #reports = new Map<string, Report>();

  hear(agent: string, report: Report): void {
    this.#reports.delete(agent);
    this.#reports.set(agent, report);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > CARRIERS_MAX && oldest !== undefined) this.#reports.delete(oldest);
  }

  /** @param chosen what every agent is told to run */
  reply(chosen: BatchReply['models']): RolloutReply {
    const reports = [...this.#reports];
    return {
      chosen,
      carriers: reports.flatMap(([agent, { status, reportedUs }]) =>
        (status.models ?? []).map((model): Carrier => ({ agent, reportedUs, ...model })),
      ),
      keys: reports.flatMap(([agent, { status }]) =>
        status.modelKey === undefined ? [] : [{ agent, ...status.modelKey }],
      ),
    };
  }
}
