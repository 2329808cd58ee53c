/**
 * Contenders that know nothing. A protocol under which one of them does well says little about detectors, so they are
 * printed beside every result: a detector counts for what it adds to them.
 */
import type { Judgement } from './labelled.ts';

/** Never an anomaly. */
export function silent(count: number): Judgement {
  return { scores: new Float64Array(count), anomalies: new Uint8Array(count) };
}

/** Always an anomaly. */
export function alwaysOn(count: number): Judgement {
  return { scores: new Float64Array(count).fill(1), anomalies: new Uint8Array(count).fill(1) };
}

/** As many anomalies as another detector called, evenly spread in time, whatever the data. */
export function clock(anomalies: Uint8Array): Judgement {
  const total = anomalies.reduce((sum, anomaly) => sum + anomaly, 0);
  const ticks = new Uint8Array(anomalies.length);
  for (let k = 0; k < total; k += 1) {
    ticks[Math.floor(((k + 0.5) * anomalies.length) / total)] = 1;
  }
  return { scores: Float64Array.from(ticks), anomalies: ticks };
}
