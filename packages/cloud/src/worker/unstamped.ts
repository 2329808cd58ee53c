/**
 * Stamps for readings that came without one. They have the time of their receipt, which another request of the same moment
 * may have had too: two readings that nobody sent twice. So such a stamp moves on by microseconds to one at which the
 * series has nothing (I4).
 *
 * A request that comes again with its Idempotency-Key has its first receipt and must find its readings where they were
 * put. What stood at the receipt and behind it when they came stands there still, without a gap, and they were put in
 * their order: the first place from there on that has the value, each behind the one before, is no further than they are.
 */
import type { PlainParcel, Run } from '../ingest/parcel.ts';
import type { SeriesRecord } from '../store/registry.ts';
import type { Bench } from './bench.ts';
import type { Outcome } from './outcome.ts';

interface Unstamped {
  readonly series: SeriesRecord;
  readonly run: Run;
  /** the series has nothing above it */
  readonly limitUs: number;
}

/** Moves the stamps in the parcel, and tells in the outcome which. O(readings without a stamp + those they meet) */
export async function moveUnstamped(
  parcel: PlainParcel,
  { series, run, limitUs }: Unstamped,
  { bench, outcome }: { readonly bench: Bench; readonly outcome: Outcome },
): Promise<void> {
  const { tsUs, value } = parcel;
  const rows = rowsWithout(parcel, run);
  const [first] = rows;
  if (first === undefined || (tsUs[first] ?? 0) > limitUs) return;
  const given = stampsGiven(parcel, run);
  const isRepeat = await isAgain(parcel, bench);
  const standing = new Map<number, number>();
  let [freeUs, knownToUs, span] = [tsUs[first] ?? 0, tsUs[first] ?? 0, rows.length];
  for (const row of rows) {
    let stamp = Math.max(tsUs[row] ?? 0, freeUs);
    for (; ; stamp++) {
      if (stamp >= knownToUs && stamp <= limitUs) {
        const stamps = Array.from({ length: span }, (_, index) => stamp + index);
        const found = await bench.store.valuesAt(series.device, new Map([[series, stamps]]));
        for (const [at, stored] of found.get(series) ?? []) standing.set(at, stored);
        knownToUs = stamp + span;
        span *= 2;
      }
      if (given.has(stamp)) continue;
      if (!standing.has(stamp)) break;
      if (isRepeat && standing.get(stamp) === value[row]) break;
    }
    freeUs = stamp + 1;
    if (stamp === tsUs[row]) continue;
    tsUs[row] = stamp;
    outcome.moved.push({ row, tsUs: stamp });
  }
}

/** @returns the rows of a run whose stamp is the server's: it ascends among them */
function rowsWithout({ unstamped }: PlainParcel, { first, count }: Run): number[] {
  if (unstamped === undefined) return [];
  const rows: number[] = [];
  for (let row = first; row < first + count; row++) if (unstamped[row] === 1) rows.push(row);
  return rows;
}

/** @returns the stamps of a run that its sender gave */
function stampsGiven({ unstamped, tsUs }: PlainParcel, { first, count }: Run): Set<number> {
  const stamps = new Set<number>();
  for (let row = first; row < first + count; row++)
    if (unstamped?.[row] !== 1) stamps.add(tsUs[row] ?? 0);
  return stamps;
}

/** @returns whether the request was taken before: its receipt is kept with what it brought */
async function isAgain({ receipt }: PlainParcel, { group, store }: Bench): Promise<boolean> {
  if (receipt === undefined) return false;
  const first = group.receipts.get(receipt.key) ?? (await store.receiptOf(receipt.key));
  return first === receipt.receivedUs;
}
