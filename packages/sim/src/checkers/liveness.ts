/**
 * Liveness: a device that was heard is in the fleet's view while it should be, whatever its own clock says; and once
 * every fault is over, everything is delivered and nothing waits.
 */
import { DEFAULT_SETTINGS } from '@fernsight/cloud';
import type { Checker, World } from './checker.ts';

const LIVENESS = 'liveness';
/** Shares of the times after which a device is offline, and out of view. */
const HEARD_SHARE = 0.5;

export function createLiveness(world: World): Checker {
  const heardMs = new Map<string, number>();
  const { offlineAfterMs, pruneAfterMs } = { ...DEFAULT_SETTINGS, ...world.config.settings };
  const patienceMs = Math.min(offlineAfterMs, pruneAfterMs ?? offlineAfterMs);
  let upMs = 0;
  return {
    answered: ({ agent }) => {
      const { nowMs } = world.kernel;
      const beforeMs = heardMs.get(agent) ?? nowMs;
      if (nowMs - beforeMs > offlineAfterMs) world.happened('return');
      heardMs.set(agent, nowMs);
    },
    looked: () => {
      const { cloud } = world.cloud;
      const { nowMs } = world.kernel;
      if (cloud === undefined) upMs = nowMs;
      if (cloud === undefined || nowMs - upMs < patienceMs) return;
      const since = nowMs - patienceMs * HEARD_SHARE;
      const heard = [...heardMs.values()].filter((atMs) => atMs > since).length;
      const { onlineCount } = cloud.totals();
      if (onlineCount >= heard) return;
      world.fail(LIVENESS, `${heard} agents were heard, and ${onlineCount} devices are online`);
    },
    healed: () => {
      for (const line of standing(world)) world.fail(LIVENESS, line);
    },
  };
}

/** @returns what has not been delivered, in words; nothing where all is */
export function standing(world: World): string[] {
  const lines: string[] = [];
  if (!world.cloud.isUp) lines.push('the cloud is down');
  for (const agent of world.agents) {
    const status = agent.status();
    if (status === undefined) lines.push(`${agent.name} is down`);
    else if (agent.order.length > status.taken) lines.push(`${agent.name} has not taken all`);
    else if (status.waiting + status.summariesWaiting > 0) {
      const { waiting, summariesWaiting, fault, uplink } = status;
      const why = fault ?? uplink?.lastError ?? 'no reason';
      lines.push(`${agent.name}: ${waiting} readings, ${summariesWaiting} summaries wait: ${why}`);
    } else if (!agent.source.isRead) lines.push(`${agent.name} has not read its log to the end`);
  }
  for (const { name, waitingCount } of world.plains) {
    if (waitingCount > 0) lines.push(`${name}: ${waitingCount} requests wait`);
  }
  return lines;
}
