/**
 * Who runs which model, as the agents say with every batch, and the server itself as of now. In memory: after a restart each says it again with its next
 * one. Of the most agents that are kept, the one that has been silent longest goes first.
 */
import type { AgentStatus, BatchReply, Carrier, RolloutReply } from '@fernsight/wire';
import type { TypeUse } from '../worker/modelUse.ts';
import { CARRIERS_MAX } from './limits.ts';

interface Report {
  readonly status: AgentStatus;
  readonly reportedUs: number;
}

interface OwnUse {
  readonly use: readonly TypeUse[];
  readonly standing: (sensorType: string) => Pick<Carrier, 'trial' | 'refused'>;
}

export class Carriers {
  readonly #reports = new Map<string, Report>();

  hear(agent: string, report: Report): void {
    this.#reports.delete(agent);
    this.#reports.set(agent, report);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > CARRIERS_MAX && oldest !== undefined) this.#reports.delete(oldest);
  }

  /**
   * @param chosen what every agent is told to run
   * @param own the server as a carrier: the sensor types, what judges them here, what it tries or refused
   */
  reply(chosen: BatchReply['models'], own: OwnUse, nowUs: number): RolloutReply {
    const { use, standing } = own;
    const reports = [...this.#reports];
    const hashes = new Map(chosen.map(({ sensorType, hash }) => [sensorType, hash]));
    return {
      sensorTypes: use.map(({ sensorType, seriesCount }) => ({ sensorType, seriesCount })),
      chosen,
      carriers: [
        ...use.flatMap((one) =>
          ownCarrier(one, hashes.get(one.sensorType) ?? null).map((carrier) => ({
            ...carrier,
            ...standing(one.sensorType),
            reportedUs: nowUs,
          })),
        ),
        ...reports.flatMap(([agent, { status, reportedUs }]) =>
          (status.models ?? []).map((model): Carrier => ({ agent, reportedUs, ...model })),
        ),
      ],
      keys: reports.flatMap(([agent, { status }]) =>
        status.modelKey === undefined ? [] : [{ agent, ...status.modelKey }],
      ),
    };
  }
}

/**
 * The server as a carrier of a sensor type: it runs what is chosen once any series does, and until then what most do.
 * @returns none where its series run what ships and nothing else is chosen
 */
function ownCarrier({ sensorType, judged }: TypeUse, chosen: string | null) {
  const byCount = judged.toSorted((a, b) => b.seriesCount - a.seriesCount);
  const running = byCount.find(({ hash }) => hash === chosen) ?? byCount[0];
  if (running === undefined) return [];
  const waitingCount = judged
    .filter(({ hash }) => hash !== chosen)
    .reduce((sum, { seriesCount }) => sum + seriesCount, 0);
  if (chosen === null && waitingCount === 0) return [];
  const { hash, seriesCount } = running;
  return [{ agent: null, sensorType, running: hash, seriesCount, waitingCount }];
}
