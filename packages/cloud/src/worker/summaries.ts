/** Window summaries that come from outside: the same record twice is one; its number is what the sender hears. */
import type { WindowSummary } from '@fernsight/wire';
import { type Bench, deviceOf } from './bench.ts';
import type { Draft } from './draft.ts';
import type { Outcome } from './outcome.ts';

/** @returns false where there is no room for the device, and nothing is kept */
export async function takeWindow(
  summary: WindowSummary,
  bench: Bench,
  {
    draft,
    outcome,
    receivedUs,
  }: { readonly draft: Draft; readonly outcome: Outcome; readonly receivedUs: number },
): Promise<boolean> {
  const device = deviceOf(bench, summary.device);
  if (device === undefined) return false;
  const { startUs, endUs, sampleCount, anomalyCount, avgScore, maxScore, minScore } = summary;
  const content = {
    device,
    startUs,
    endUs,
    samples: sampleCount,
    anomalies: anomalyCount,
    avgScore,
    maxScore,
    minScore,
  };
  const inGroup = bench.group.windows.find((other) => isSame(other, content));
  const known = inGroup?.id ?? (await bench.store.findWindow({ ...content, receivedUs }));
  if (known !== undefined) {
    outcome.windowIds.push(known);
    return true;
  }
  const id = bench.store.nextWindowId();
  bench.group.windows.push({ id, ...content, receivedUs });
  draft.event({
    what: 'window',
    device: device.id,
    samples: sampleCount,
    anomalies: anomalyCount,
    startUs,
    endUs,
  });
  outcome.windowIds.push(id);
  return true;
}

type Content = Omit<Bench['group']['windows'][number], 'id' | 'receivedUs'>;

function isSame(a: Content, b: Content): boolean {
  return (
    a.device === b.device &&
    a.startUs === b.startUs &&
    a.endUs === b.endUs &&
    a.samples === b.samples &&
    a.anomalies === b.anomalies &&
    a.avgScore === b.avgScore &&
    a.maxScore === b.maxScore &&
    a.minScore === b.minScore
  );
}
