/** A machine's readings as a source for its agent: those up to now as fast as they are taken, then each at its time. */
import type { Clock } from '@fernsight/base';
import type { Block, Source } from '@fernsight/edge';
import type { Signal, SignalRow } from './signal.ts';

/** Rows handed over at a time while catching up. */
const BLOCK_ROWS = 100;

/** The source ends when `ending` is aborted. It cannot repeat: like a chip that is polled. */
export function createPlantSource(signal: Signal, clock: Clock, ending: AbortSignal): Source {
  const { sensors } = signal.machine;
  const toReadings = ({ tsUs, values }: SignalRow) =>
    sensors.map(({ sensor }, index) => ({ sensor, tsUs, value: values[index] ?? 0 }));
  return {
    name: 'plant',
    repeatable: false,
    async *read(_, stop): AsyncGenerator<Block> {
      const end = AbortSignal.any([ending, stop]);
      for await (const rows of rowsAsTheyFall(signal, clock, end)) {
        yield { readings: rows.flatMap(toReadings) };
      }
    },
  };
}

/** Yields the rows that are due, and waits for the next. Ends when `end` is aborted. */
export async function* rowsAsTheyFall(
  signal: Signal,
  clock: Clock,
  end: AbortSignal,
): AsyncGenerator<SignalRow[]> {
  while (!end.aborted) {
    const rows: SignalRow[] = [];
    while (rows.length < BLOCK_ROWS && signal.nextUs <= clock.nowUs()) rows.push(signal.next());
    if (rows.length > 0) yield rows;
    else await clock.sleep((signal.nextUs - clock.nowUs()) / 1_000, end);
  }
}
