/** The store as a training sees it: which series there are of a sensor type, and their readings day by day. */
import { US_PER_DAY } from '@fernsight/base';
import { readTogether } from '../query/history.ts';
import type { ReaderCalls } from '../query/reader.ts';
import type { RawRows } from '../store/chunk.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';

export interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

export interface StoredSeries {
  readonly device: string;
  readonly sensor: string;
}

/** @returns the series whose sensor type is this one; a sensor without a type is of the type of its name */
export async function seriesOf(sensorType: string, { writer }: Desks): Promise<StoredSeries[]> {
  const views = await writer.ask('view', {});
  return views.flatMap(({ name: device, series }) =>
    series
      .filter(({ sensor, type }) => (type ?? sensor) === sensorType)
      .map(({ sensor }) => ({ device, sensor })),
  );
}

/** @returns the readings of a span in time order, at most a day at a time */
export async function* rowsOf(
  { device, sensor }: StoredSeries,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  desks: Desks,
): AsyncGenerator<RawRows> {
  for (let startUs = fromUs; startUs <= toUs; ) {
    const span = {
      device,
      sensor,
      fromUs: startUs,
      toUs: Math.min(toUs, startUs + US_PER_DAY - 1),
    };
    const { rows, nextUs } = await readTogether(span, desks, (query) =>
      desks.reader.ask('rows', query),
    );
    if (rows.tsUs.length > 0) yield rows;
    if (nextUs === undefined) return;
    startUs = nextUs;
  }
}
