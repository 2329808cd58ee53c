/** What the tests of stored anomalies share: every question that a reader answers about them. */
import type { Anomaly } from '@fernsight/wire';
import { START_US } from '../worker/workerTrial.ts';
import type { AnomalyFilter, StoreReader } from './store.ts';

export async function askAnomalies(reader: StoreReader) {
  const ask = (filter: AnomalyFilter) => readPages(reader, { limit: 1_000, ...filter });
  const pages = await ask({ limit: 7 });
  const ofDevice = await ask({ device: 'd1', sensor: 's1' });
  const { tsUs = 0 } = ofDevice[Math.floor(ofDevice.length / 2)] ?? {};
  return {
    all: await ask({}),
    pages,
    alarms: await ask({ alarms: true }),
    suppressed: await ask({ suppressed: true }),
    spikes: await ask({ kind: 'spike' }),
    ofDevice,
    ofNone: await ask({ device: 'd1', sensor: 'none' }),
    ofStretch: await ask({ fromUs: START_US + 700e6, toUs: START_US + 900e6 }),
    minutes: await reader.anomalyMinutes(START_US + 600e6),
    event: await reader.event({ device: 'd1', sensor: 's1', tsUs }),
  };
}

/** @returns the anomalies of all pages */
export async function readPages(reader: StoreReader, filter: AnomalyFilter): Promise<Anomaly[]> {
  const anomalies: Anomaly[] = [];
  for (let cursor = {}; ; ) {
    const page = await reader.anomalies({ ...filter, ...cursor });
    anomalies.push(...page.anomalies);
    if (page.next === undefined) return anomalies;
    cursor = { cursor: page.next };
  }
}
