/** The store as a training sees it: which series there are of a sensor type, and their readings day by day, or the newest. */
import { US_PER_DAY } from '@fernsight/base';
import { readTogether } from '../query/history.ts';
import type { ReaderCalls } from '../query/reader.ts';
import type { RawRows } from '../store/chunk.ts';
import type { Judge } from '../store/registry.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import type { Learnable } from './learnable.ts';

export interface Desks {
  readonly writer: Desk<WriterCalls>;
  readonly reader: Desk<ReaderCalls>;
}

export interface StoredSeries {
  readonly device: string;
  readonly sensor: string;
}

/**
 * @param judgedBy absent: whoever judges them
 * @returns the series whose sensor type is this one; a sensor without a type is of the type of its name
 */
export async function seriesOf(
  sensorType: string,
  { writer }: Desks,
  judgedBy?: Judge,
): Promise<StoredSeries[]> {
  const views = await writer.ask('view', {});
  return views.flatMap(({ name: device, series }) =>
    series
      .filter(({ sensor, type }) => (type ?? sensor) === sensorType)
      .filter(({ judge }) => judgedBy === undefined || judge === judgedBy)
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

/**
 * @param keep chooses among readings
 * @returns the newest of a series' readings that are kept, in time order: `count` of them, or as many as there are in the
 *   span. Read day by day from its end, so that a long span costs nothing where a short one suffices
 */
export async function newestOf(
  series: StoredSeries,
  {
    fromUs,
    toUs,
    count,
  }: { readonly fromUs: number; readonly toUs: number; readonly count: number },
  { desks, keep }: { readonly desks: Desks; readonly keep: (rows: RawRows) => Learnable },
): Promise<Learnable> {
  const parts: Learnable[] = [];
  let found = 0;
  for (let endUs = toUs; endUs >= fromUs && found < count; endUs -= US_PER_DAY) {
    const day = { fromUs: Math.max(fromUs, endUs - US_PER_DAY + 1), toUs: endUs };
    const ofDay: Learnable[] = [];
    for await (const rows of rowsOf(series, day, desks)) {
      ofDay.push(keep(rows));
    }
    found += ofDay.reduce((sum, { tsUs }) => sum + tsUs.length, 0);
    parts.unshift(...ofDay);
  }
  const join = (column: keyof Learnable): Float64Array => {
    const joined = new Float64Array(found);
    let end = 0;
    for (const part of parts) {
      joined.set(part[column], end);
      end += part[column].length;
    }
    return joined.subarray(-count);
  };
  return { tsUs: join('tsUs'), value: join('value') };
}
