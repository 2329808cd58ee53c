/**
 * I8, drops accounted: what an agent says it gave up, and what it holds, adds up to what it took, at any moment; and what the cloud
 * heard of it is no more than that.
 */
import type { Checker, World } from './checker.ts';

const DROPS = 'drops accounted (I8)';

export function createDrops(world: World): Checker {
  return {
    looked: (views) => {
      for (const [agent, status] of views) {
        const { name } = agent;
        const order = agent.order.length;
        const { taken, waiting, delivered, thinned, dropped, rejected, lost } = status;
        const sum = waiting + delivered + thinned + dropped + rejected + lost;
        if (taken !== sum || waiting < 0) {
          world.fail(
            DROPS,
            `${name} took ${taken}, and accounts for ${JSON.stringify({ sum, waiting })}`,
          );
        }
        if (taken > order) world.fail(DROPS, `${name} took ${taken} of ${order} readings`);
        if (rejected + lost > 0) {
          world.fail(
            DROPS,
            `${name}: ${rejected} readings rejected, ${lost} lost, without a cause`,
          );
        }
        if (status.invalid > 0) world.fail(DROPS, `${name}: ${status.invalid} readings invalid`);
      }
    },
  };
}
