/**
 * I2, sequence. Within (agent, epoch) a number is one reading for ever, however often it is sent and whatever crashes
 * in between; in the end each number up to the highest that was sent has reached the cloud.
 */
import type { Checker, LedgerView, World } from './checker.ts';
import { readingsOf } from './numbered.ts';

const SEQUENCE = 'sequence (I2)';

interface Epoch {
  /** the reading of each number, as a code of the truth; absent for what was never sent as a reading */
  readonly codes: (number | undefined)[];
  /** behind the highest number that was sent */
  end: number;
}

export function createSequence(world: World): Checker {
  const epochs = new Map<string, Epoch>();
  return {
    sent: ({ name }, batch) => {
      if (batch.seqCount === 0) return;
      const key = `${name} ${batch.epoch}`;
      const epoch = epochs.get(key) ?? { codes: [], end: 0 };
      epochs.set(key, epoch);
      epoch.end = Math.max(epoch.end, batch.seqFirst + batch.seqCount);
      for (const { seq, reading } of readingsOf(batch, world)) {
        const code = world.truth.encode(reading);
        const known = epoch.codes[seq];
        epoch.codes[seq] = code;
        if (known === undefined || known === code) continue;
        const other = world.truth.decode(known);
        const names = [other, reading].map(({ series, number }) => series.nameOf(number));
        world.fail(SEQUENCE, `${key}/${seq} was sent as ${names.join(' and as ')}`);
        return;
      }
    },
    device: (device, ledger) => {
      if (world.isHealed) requireWhole(world, epochs, { device, ledger });
    },
  };
}

/** Each epoch of the device is one range from 0, as far as it was sent. */
function requireWhole(
  world: World,
  epochs: ReadonlyMap<string, Epoch>,
  { device, ledger }: { readonly device: string; readonly ledger: LedgerView },
): void {
  for (const [name, ranges] of Object.entries(ledger.epochs)) {
    const end = epochs.get(`${device} ${name}`)?.end ?? 0;
    const [first] = ranges;
    const isWhole = ranges.length === 1 && first?.[0] === 0 && first[1] === end - 1;
    if (isWhole) continue;
    world.fail(
      SEQUENCE,
      `${device} ${name}: ${end} numbers, applied are ${JSON.stringify(ranges)}`,
    );
  }
}
