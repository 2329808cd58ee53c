/** I7, bounds: an outbox stays within its bytes, its log beside it; the store's file and journal do not run away. */
import type { Checker, World } from './checker.ts';

const BOUNDS = 'bounds (I7)';
/** What a commit may write before the bound is looked at again: a tail, its index, snapshots. */
const COMMIT_BYTES = 256 * 1024;
/** The log is checkpointed at a quarter of the bound, where nobody syncs at four times that. */
const LOG_SHARE = 1.25;
/** A restart's replay is bounded: epochs and ranges that the ledger keeps. */
const RANGES_MAX = 1_000;

export function createBounds(world: World): Checker {
  return {
    looked: (views) => {
      for (const [agent, { outboxBytes }] of views) {
        const { outboxBytesMax } = agent.config;
        if (outboxBytes > outboxBytesMax) {
          world.fail(
            BOUNDS,
            `${agent.name}: ${outboxBytes} bytes in an outbox of ${outboxBytesMax}`,
          );
        }
        const files = agent.disk.usedBytes();
        if (files > outboxBytesMax * (1 + LOG_SHARE) + COMMIT_BYTES) {
          world.fail(
            BOUNDS,
            `${agent.name}: files of ${files} bytes for an outbox of ${outboxBytesMax}`,
          );
        }
      }
    },
    device: (device, { epochs }) => {
      for (const ranges of Object.values(epochs)) {
        if (ranges.length > RANGES_MAX) world.fail(BOUNDS, `${device}: ${ranges.length} ranges`);
      }
    },
  };
}
