/** The readings of a batch with their numbers, told by their values. */
import type { Batch } from '@fernsight/wire';
import type { Marked } from '../truth/truth.ts';
import type { World } from './checker.ts';

export interface Numbered {
  readonly seq: number;
  readonly tsUs: number;
  readonly reading: Marked;
}

/** A value that no source gave is a fault by itself. */
export function* readingsOf(batch: Batch, world: World): Generator<Numbered> {
  for (const run of batch.series) {
    const series = world.truth.find(run.device, run.sensor);
    let tsUs = run.firstUs;
    for (const [row, offset] of run.seq.entries()) {
      tsUs += run.deltaUs[row] ?? 0;
      const number = series?.find(run.value[row] ?? Number.NaN);
      if (series === undefined || number === undefined) {
        const name = `${run.device}/${run.sensor}`;
        world.fail(
          'conservation (I3)',
          `${batch.agent} sends ${run.value[row]} of ${name}, which nobody took`,
        );
        return;
      }
      yield { seq: batch.seqFirst + offset, tsUs, reading: { series, number } };
    }
  }
}
