/**
 * What the cloud has of an agent to which something happened, held against one to which nothing did: for the fault tests.
 *
 * The two are equal where nothing is lost, doubled or out of order, each verdict is the one of an undisturbed run, and
 * the open summary window came through (I2 to I5).
 */
import { type Clock, parseTimestamp } from '@fernsight/base';
import { createAgent, createHttpLink } from '@fernsight/edge';
import { addresses, createClient, locate } from '@fernsight/wire/client';
import { expect } from 'vitest';

/** The last stamp there is. */
const LAST_US = 8.64e15;

export interface StoredReading {
  readonly sensor: string;
  readonly tsUs: number;
  readonly value: number;
  /** score, stage, anomaly and kind */
  readonly verdict: string;
}

/** @returns what is stored of a device, series after series, each in the order of its stamps */
export async function readingsOf(baseUrl: string, device: string): Promise<StoredReading[]> {
  const query = { device, fromUs: 0, toUs: LAST_US };
  const reply = await fetch(baseUrl + locate(addresses.exportReadings, {}, query));
  expect(reply.status).toBe(200);
  const [, ...lines] = (await reply.text()).trimEnd().split('\n');
  return lines.map((line) => {
    const [, sensor = '', time = '', value, ...verdict] = line.split(',');
    return {
      sensor,
      tsUs: parseTimestamp(time),
      value: Number(value),
      verdict: verdict.join(),
    };
  });
}

/** What the cloud tells of a device's readings, verdicts, joint ones too, and summary windows. */
export async function accountOf(baseUrl: string, device: string) {
  const client = createClient({ baseUrl });
  const { anomalies } = await client.call('anomalies', { query: { device, limit: 500 } });
  const { device_id: _, ...windows } = await client.call('device', { params: { device } });
  return {
    readings: await readingsOf(baseUrl, device),
    // when one was handed over depends on the fault, and so does which lane tells first that an alarm stands
    anomalies: anomalies
      .filter(({ kind }) => kind !== 'none')
      .map(({ device: _name, backfilled: _when, ...rest }) => rest),
    windows,
  };
}

export type Account = Awaited<ReturnType<typeof accountOf>>;

/** The cloud has everything that the device's agent ever took, once (I2, I3). @returns its ledger */
export async function expectWhole(baseUrl: string, device: string) {
  const ledger = await createClient({ baseUrl }).call('ledger', { params: { device } });
  const none = { thinned: 0, conflicts: 0, rejected: 0, expired: 0, gone: [] };
  expect(ledger).toMatchObject({ stored: ledger.taken, ...none });
  expect(ledger.epochs.map(({ missing }) => missing)).toEqual(ledger.epochs.map(() => 0));
  return ledger;
}

/**
 * Gives what the cloud has of a device to an agent to which nothing happens, in its order.
 * @param outbox of that agent
 * @returns what the cloud has of it then; its last summary window is closed
 */
export async function undisturbed(
  baseUrl: string,
  device: string,
  { outbox, clock }: { readonly outbox: string; readonly clock?: Clock },
): Promise<Account> {
  const calm = `calm-${device}`;
  const link = createHttpLink({ url: baseUrl, device: calm });
  const agent = createAgent({ device: calm, outbox, link, clock });
  const readings = await readingsOf(baseUrl, device);
  for (const { sensor, tsUs, value } of readings.sort((a, b) => a.tsUs - b.tsUs)) {
    agent.push({ sensor, tsUs, value });
  }
  await drain(agent);
  return accountOf(baseUrl, calm);
}

/** Runs to the end of its sources, and until the cloud has all of it, the open summary window among it. */
export async function drain(agent: ReturnType<typeof createAgent>): Promise<void> {
  await agent.run(new AbortController().signal, { untilDone: true });
  agent.close();
}
