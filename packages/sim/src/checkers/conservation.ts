/**
 * I3, conservation, by reading and not by gaps: of the readings that an agent took and did not lose with a crash, each is in the
 * store, or is one of those that the ledger counts as thinned or gone; the sums agree exactly, by device. A plain
 * device's reading that was answered for is stored (durable.ts).
 */
import { LOST } from '../truth/seriesTruth.ts';
import type { Checker, LedgerView, World } from './checker.ts';
import { isExpired } from './expiry.ts';

const CONSERVATION = 'conservation (I3)';

export function createConservation(world: World): Checker {
  return {
    device: (device, ledger, scan) => {
      if (!world.isHealed) return;
      const { absent, expired } = countAbsent(world, device, scan.number);
      const counted = countOf(ledger);
      const isWhole =
        expired === 0 ? absent === counted : absent <= counted && counted <= absent + expired;
      if (isWhole) return;
      const where = `${expired} expired, ${counted} thinned or gone by the ledger`;
      world.fail(CONSERVATION, `${device}: ${absent} readings are not in the store; ${where}`);
    },
  };
}

function countOf(ledger: LedgerView): number {
  return ledger.thinned + Object.values(ledger.gone).reduce((sum, count) => sum + count, 0);
}

/** @returns readings that were taken, not lost, and not met by the scan; and of these such as may be expired */
function countAbsent(
  world: World,
  device: string,
  scan: number,
): { readonly absent: number; readonly expired: number } {
  let [absent, expired] = [0, 0];
  for (const series of world.truth.all) {
    if (series.device !== device || series.isPlain) continue;
    for (let number = 1; number <= series.count; number++) {
      if (series.scan[number] === scan || series.has(number, LOST)) continue;
      const ackedMs = series.ackedMs[number] ?? 0;
      if (ackedMs > 0 && isExpired(world, { series, number })) expired++;
      else absent++;
    }
  }
  return { absent, expired };
}
