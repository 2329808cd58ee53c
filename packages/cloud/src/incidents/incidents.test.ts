import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IncidentTrial } from './incidentTrial.ts';

let trial: IncidentTrial;

beforeEach(async () => {
  trial = await IncidentTrial.begin();
});

afterEach(() => trial.end());

describe('who is told, and when', () => {
  it('one anomaly reaches a webhook within 5 s, signed, and once', async () => {
    const { signingSecret } = await trial.addWebhook();
    trial.alarm('pump', 'temperature');
    await trial.clock.advance(1_500);
    const { body, headers, notice } = await trial.received();
    expect(notice).toMatchObject({
      event: 'opened',
      cause: 'anomaly',
      count: 1,
      title: 'pump: temperature is odd',
      incidents: [{ device: 'pump', sentence: 'temperature is odd' }],
    });
    const [, seconds = '', mac = ''] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['fernsight-signature'])) ?? [];
    const expected = createHmac('sha256', signingSecret).update(`${seconds}.${body}`);
    expect(mac).toBe(expected.digest('hex'));
    trial.alarm('pump', 'pressure');
    await trial.clock.advance(10 * 60_000);
    expect(trial.receivedCount).toBe(1);
    expect(await trial.open()).toMatchObject([{ sensors: ['temperature', 'pressure'] }]);
  });

  it('five hundred devices that lose power are one notice, and one when they are back', async () => {
    await trial.addWebhook();
    for (let second = 0; second < 50; second++) {
      const devices = Array.from({ length: 10 }, (_, index) => `device-${second * 10 + index}`);
      trial.silence(devices, true);
      await trial.clock.advance(1_000);
    }
    await trial.clock.advance(60_000);
    const { notice } = await trial.received();
    expect(notice).toMatchObject({ count: 500, title: '500 devices are silent' });
    expect(notice.incidents).toHaveLength(100);
    trial.silence(
      Array.from({ length: 500 }, (_, index) => `device-${index}`),
      false,
    );
    await trial.clock.advance(120_000);
    expect((await trial.received()).notice).toMatchObject({ event: 'resolved', count: 500 });
    await trial.clock.advance(US_PER_HOUR / 1_000);
    expect(trial.receivedCount).toBe(2);
  });

  it('a device that is heard again before anybody was told is told to nobody', async () => {
    await trial.addWebhook();
    trial.silence(['pump', 'valve'], true);
    await trial.clock.advance(40_000);
    trial.silence(['pump'], false);
    await trial.clock.advance(180_000);
    expect((await trial.received()).notice).toMatchObject({ count: 1, event: 'opened' });
    expect(trial.receivedCount).toBe(1);
  });

  it('a wave of anomalies over a minute is a few notices, and every device is told', async () => {
    await trial.addWebhook();
    for (let index = 0; index < 300; index++) {
      trial.alarm(`device-${index}`, 't');
      await trial.clock.advance(200);
    }
    await trial.clock.advance(120_000);
    await trial.settled();
    const told = trial.notices.reduce((sum, { count }) => sum + count, 0);
    expect(told).toBe(300);
    expect(trial.receivedCount).toBeLessThanOrEqual(4);
  });

  it('an alarm that flaps is one incident; one that stayed over is told as over', async () => {
    await trial.addWebhook();
    for (let flap = 0; flap < 10; flap++) {
      trial.alarm('pump', 't');
      await trial.clock.advance(30_000);
      trial.alarm('pump', 't', { on: false });
      await trial.clock.advance(60_000);
    }
    expect((await trial.received()).notice.event).toBe('opened');
    expect(trial.receivedCount).toBe(1);
    await trial.clock.advance(120_000);
    expect((await trial.received()).notice).toMatchObject({
      event: 'resolved',
      title: 'Over: pump: t is odd',
    });
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    expect((await trial.received()).notice.event).toBe('opened');
    expect(await trial.all()).toHaveLength(2);
  });

  it('backfilled alarms page nobody, nor does imported history', async () => {
    await trial.addWebhook();
    trial.alarm('pump', 't', { backfilled: true });
    trial.alarm('pump', 't', { ageUs: US_PER_DAY });
    await trial.clock.advance(US_PER_HOUR / 1_000);
    expect([trial.receivedCount, await trial.all()]).toEqual([0, []]);
  });

  it('a fault of the sensor is a cause of its own, and ends with its alarm', async () => {
    await trial.addWebhook();
    trial.alarm('pump', 't');
    trial.alarm('pump', 'p', { sensorFault: true });
    expect((await trial.open()).map(({ cause }) => cause)).toEqual(['sensorFault', 'anomaly']);
    trial.alarm('pump', 'p', { on: false });
    await trial.clock.advance(3 * 60_000);
    expect((await trial.open()).map(({ cause }) => cause)).toEqual(['anomaly']);
  });
});

describe('leaving people in peace', () => {
  it('an incident that is muted is told again when the mute ends and it still fires', async () => {
    await trial.addWebhook();
    trial.alarm('pump', 't');
    trial.alarm('valve', 't');
    await trial.clock.advance(2_000);
    await trial.received();
    const untilUs = trial.clock.nowUs() + US_PER_HOUR;
    for (const { id } of await trial.open())
      await trial.call('mute', { incident: id }, { untilUs });
    trial.alarm('valve', 't', { on: false });
    await trial.clock.advance(US_PER_HOUR / 1_000 - 1_000);
    expect((await trial.received()).notice).toMatchObject({ event: 'resolved', count: 1 });
    expect(trial.receivedCount).toBe(2);
    await trial.clock.advance(3_000);
    expect((await trial.received()).notice).toMatchObject({
      event: 'again',
      title: 'Still: pump: t is odd',
    });
    await trial.clock.advance(US_PER_HOUR / 1_000);
    expect(trial.receivedCount).toBe(3);
  });

  it('a mute that ends when it is quiet tells of the end alone', async () => {
    await trial.addWebhook();
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    await trial.received();
    const [incident] = await trial.open();
    const untilUs = trial.clock.nowUs() + US_PER_MINUTE;
    await trial.call('mute', { incident: incident?.id ?? 0 }, { untilUs });
    await trial.clock.advance(50_000);
    trial.alarm('pump', 't', { on: false });
    await trial.clock.advance(5 * 60_000);
    expect((await trial.received()).notice).toMatchObject({ event: 'resolved' });
    expect(trial.receivedCount).toBe(2);
  });

  it('an incident that somebody acknowledged is told no more, also after a mute', async () => {
    await trial.addWebhook();
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    await trial.received();
    const [incident] = await trial.open();
    const params = { incident: incident?.id ?? 0 };
    const taken = await trial.call('acknowledge', params);
    expect(taken.body).toMatchObject({ acknowledgedBy: 'person anna', state: 'firing' });
    await trial.call('mute', params, { untilUs: trial.clock.nowUs() + 1_000_000 });
    await trial.clock.advance(US_PER_HOUR / 1_000);
    expect(trial.receivedCount).toBe(1);
    trial.alarm('valve', 't');
    await trial.clock.advance(2_000);
    const { notice } = await trial.received();
    expect(notice.incidents.map(({ device }) => device)).toEqual(['valve']);
  });

  it('the first who acknowledges an incident is named, and nobody for one that is over', async () => {
    trial.alarm('pump', 't');
    const params = { incident: (await trial.open())[0]?.id ?? 0 };
    const first = await trial.call('acknowledge', params);
    await trial.clock.advance(2_000);
    expect((await trial.call('acknowledge', params)).body).toEqual(first.body);
    trial.alarm('valve', 't');
    const valve = (await trial.open()).find(({ device }) => device === 'valve');
    trial.alarm('valve', 't', { on: false });
    await trial.clock.advance(30 * 60_000);
    const late = await trial.call('acknowledge', { incident: valve?.id ?? 0 });
    expect(late.body).toMatchObject({ device: 'valve', state: 'closed', acknowledgedBy: null });
  });

  it('maintenance keeps quiet about its device, and tells what still fires at its end', async () => {
    await trial.addWebhook();
    const startUs = trial.clock.nowUs();
    const window = { startUs, endUs: startUs + US_PER_HOUR, everyUs: US_PER_DAY, reason: 'oil' };
    const added = await trial.call('addMaintenance', {}, { ...window, device: 'pump' });
    expect(added.status).toBe(201);
    trial.alarm('pump', 't');
    trial.alarm('pump', 'brief', { sensorFault: true });
    trial.alarm('valve', 't');
    await trial.clock.advance(2_000);
    expect((await trial.received()).notice).toMatchObject({ count: 1, title: 'valve: t is odd' });
    expect((await trial.open()).map(({ inMaintenance }) => inMaintenance)).toEqual([
      false,
      true,
      true,
    ]);
    trial.alarm('pump', 'brief', { on: false });
    await trial.clock.advance(US_PER_HOUR / 1_000 - 3_000);
    expect(trial.receivedCount).toBe(1);
    await trial.clock.advance(2_000);
    expect((await trial.received()).notice).toMatchObject({ count: 1, title: 'pump: t is odd' });
  });

  it('maintenance of every device keeps quiet about each', async () => {
    await trial.addWebhook();
    const startUs = trial.clock.nowUs();
    const window = { startUs, endUs: startUs + US_PER_HOUR, everyUs: null, reason: 'move' };
    await trial.call('addMaintenance', {}, { ...window, device: null });
    trial.alarm('pump', 't');
    trial.silence(['valve'], true);
    await trial.clock.advance(US_PER_HOUR / 1_000 - 1_000);
    expect(trial.receivedCount).toBe(0);
    await trial.clock.advance(3_000);
    await trial.received(2);
  });

  it('maintenance that could not be is refused', async () => {
    const window = { device: null, startUs: 2, endUs: 1, everyUs: null, reason: '' };
    expect((await trial.call('addMaintenance', {}, window)).status).toBe(422);
    const often = { ...window, startUs: 0, endUs: US_PER_HOUR, everyUs: US_PER_MINUTE };
    expect((await trial.call('addMaintenance', {}, often)).status).toBe(422);
  });
});

describe('a channel', () => {
  it('hears of its causes alone, and of ends where it wants to', async () => {
    const { url } = await trial.addWebhook('all');
    const target = { kind: 'webhook', url };
    await trial.call('addChannel', {}, { name: 'silences', target, causes: ['silent'] });
    await trial.call('addChannel', {}, { name: 'begins', target, tellsEnd: false });
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    await trial.received(2);
    trial.alarm('pump', 't', { on: false });
    await trial.clock.advance(5 * 60_000);
    await trial.received();
    await trial.settled();
    expect(trial.notices.map(({ event }) => event)).toEqual(['opened', 'opened', 'resolved']);
  });

  it('is tested with a button, which says what the receiver answered', async () => {
    await trial.addWebhook('hook', 503);
    const [channel] = await trial.channels();
    const test = () => trial.call('testChannel', { channel: channel?.id ?? 0 });
    expect((await test()).body).toEqual({ delivered: false, detail: 'answered 503' });
    trial.answer('hook', 200);
    expect((await test()).body).toEqual({ delivered: true, detail: 'answered 200' });
    expect(trial.notices.map(({ event }) => event)).toEqual(['test', 'test']);
    expect(await trial.channels()).toMatchObject([{ waiting: 0, givenUp: 0 }]);
  });
});

describe('a restart', () => {
  it('clears what ended meanwhile and raises what began', async () => {
    trial.alarm('pump', 't');
    trial.silence(['valve', 'mast'], true);
    await trial.restart();
    const sentence = 'x: an alarm stands since before the server started';
    trial.reconcile([{ device: 'pump', cause: 'anomaly', sensor: 'x', sentence }], ['mast']);
    expect(await trial.open()).toMatchObject([
      { device: 'mast', state: 'firing' },
      { device: 'valve', state: 'quiet' },
      { device: 'pump', state: 'firing', sensors: ['x'] },
    ]);
  });
});

describe('a receiver that fails', () => {
  it('gets the notice later, also after a restart, and holds nobody else up', async () => {
    await trial.addWebhook('slow', 503);
    await trial.addWebhook('well');
    trial.alarm('pump', 't');
    await trial.clock.advance(1_000);
    await trial.received(2);
    expect(trial.statuses).toEqual([200, 503]);
    await trial.settled();
    const waiting = await trial.channels();
    expect(waiting).toMatchObject([
      { name: 'slow', waiting: 1, lastError: 'answered 503' },
      { name: 'well', waiting: 0, lastError: null },
    ]);
    await trial.restart();
    trial.answer('slow', 200);
    await trial.clock.advance(10_000);
    await trial.received();
    await trial.settled();
    expect((await trial.channels())[0]).toMatchObject({ waiting: 0, lastError: null });
    await trial.clock.advance(60_000);
    expect(trial.receivedCount).toBe(3);
  });

  it('is left alone for as long as it asks, and for an hour at most', async () => {
    await trial.addWebhook('busy');
    trial.answer('busy', 429, 120);
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    await trial.received();
    await trial.settled();
    await trial.clock.advance(115_000);
    expect(trial.receivedCount).toBe(1);
    trial.answer('busy', 429, 1e9);
    await trial.clock.advance(10_000);
    await trial.received();
    await trial.settled();
    await trial.clock.advance(60_000);
    expect(trial.receivedCount).toBe(2);
    trial.clock.step(US_PER_HOUR);
    await trial.clock.advance(2_000);
    await trial.received();
    expect(trial.receivedCount).toBe(3);
  });

  it('is given up after a day, and that is counted', async () => {
    await trial.addWebhook('dead', 500);
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    await trial.received();
    await trial.settled();
    trial.clock.step(US_PER_DAY - US_PER_HOUR);
    await trial.clock.advance(2_000);
    await trial.received();
    await trial.settled();
    expect(await trial.channels()).toMatchObject([{ waiting: 1, givenUp: 0 }]);
    trial.clock.step(US_PER_HOUR);
    await trial.clock.advance(2_000);
    await trial.received();
    await trial.settled();
    expect(await trial.channels()).toMatchObject([{ waiting: 0, givenUp: 1 }]);
  });
});

describe('secrets of channels', () => {
  it('come back in no list, and are in no file and no log', async () => {
    await trial.addWebhook('hook', 500);
    trial.alarm('pump', 't');
    await trial.clock.advance(2_000);
    await trial.received();
    await trial.settled();
    const list = JSON.stringify(await trial.channels());
    const files = readdirSync(trial.dataDir).map((name) => readFileSync(join(trial.dataDir, name)));
    expect(trial.logged).toContain('a notice was not delivered');
    for (const secret of ['secret-path', trial.signingSecret]) {
      expect(list + trial.logged).not.toContain(secret);
      for (const bytes of files) expect(bytes.includes(secret)).toBe(false);
    }
  });
});
