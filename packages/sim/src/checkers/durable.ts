/**
 * I1, durable before acknowledged. Of the agent: a reading that a crash took was taken within one commit (a kill) or one
 * sync (a power cut) of it, and a source never hears of a row that can still be lost. Of the cloud: what it answered
 * for is in the store after every start.
 */

import type { AgentNode } from '../node/agentNode.ts';
import { ACKED } from '../truth/seriesTruth.ts';
import type { Checker, Restart, World } from './checker.ts';
import { isExpired } from './expiry.ts';

/** A commit or a sync that was due comes after the one before it, and after the disk's own time. */
const SLACK_MS = 2_500;
const DURABLE = 'durable before acknowledged (I1)';

export function createDurable(world: World): Checker {
  /** rows that the source of an agent was told are safe */
  const acknowledged = new Map<AgentNode, number>();
  return {
    acknowledged: (agent, rowCount) => {
      acknowledged.set(agent, rowCount);
    },
    restarted: ({ agent, hadPower, crashedMs, lost }: Restart) => {
      const rowReadings = agent.source.rowReadings;
      const safeRows = acknowledged.get(agent) ?? 0;
      if (agent.order.length < safeRows * rowReadings) {
        const left = Math.floor(agent.order.length / rowReadings);
        world.fail(DURABLE, `${agent.name} kept ${left} rows of ${safeRows} that it acknowledged`);
      }
      const sent = lost.find(({ series, number }) => series.epoch[number] !== 0);
      if (sent !== undefined) {
        const name = sent.series.nameOf(sent.number);
        world.fail(DURABLE, `${agent.name} sent ${name}, and lost it with a crash`);
      }
      const { config, troubledMs } = agent;
      const windowMs = hadPower
        ? config.commitIntervalMs
        : config.syncIntervalMs + config.commitIntervalMs;
      const oldestMs = crashedMs - windowMs - config.syncMs - SLACK_MS;
      const [first] = lost;
      if (first === undefined || config.source === 'repeatable' || troubledMs >= oldestMs) return;
      const takenMs = first.series.takenMs[first.number] ?? 0;
      if (takenMs >= oldestMs) return;
      const cause = hadPower ? 'a kill' : 'a power cut';
      const agoMs = Math.round(crashedMs - takenMs);
      world.fail(
        DURABLE,
        `${agent.name} lost ${lost.length} readings to ${cause}, up to ${agoMs} ms old`,
      );
    },
    ...allAnswered(world),
  };
}

/** Everything answered for, and not too old, was met by the scan. */
function allAnswered(world: World): Checker {
  return {
    device: (device, _ledger, scan) => {
      for (const series of world.truth.all) {
        if (series.device !== device) continue;
        for (let number = 1; number <= series.count; number++) {
          if (series.scan[number] === scan.number || !series.has(number, ACKED)) continue;
          const ackedMs = series.ackedMs[number] ?? 0;
          if (ackedMs >= scan.startMs || isExpired(world, { series, number })) continue;
          world.fail(DURABLE, `${series.nameOf(number)} was answered for, and is not in the store`);
          return;
        }
      }
    },
  };
}
