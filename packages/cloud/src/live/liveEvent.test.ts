import { get } from 'node:http';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type CloudTrial, openCloud } from '../cloudTrial.ts';
import { takesGzip } from '../http/viewer.ts';
import { GZIP_HEAD, LiveEvent } from './liveEvent.ts';

const unpack = (parts: readonly Uint8Array[]): string =>
  gunzipSync(Buffer.concat(parts), { finishFlush: constants.Z_SYNC_FLUSH }).toString();

describe('an event of the live feed', () => {
  test('is packed once, and read by a viewer who joined at whichever event', async () => {
    const texts = Array.from({ length: 5 }, (_, n) => `data: ${'°C '.repeat(500 * n)}${n}\n\n`);
    const events = texts.map((text) => new LiveEvent(text));
    const packed = await Promise.all(events.map((event) => event.packed()));
    for (const [first] of texts.entries()) {
      expect(unpack([GZIP_HEAD, ...packed.slice(first)])).toBe(texts.slice(first).join(''));
    }
    expect(await events[3]?.packed()).toBe(packed[3]);
    expect(packed[3]?.length).toBeLessThan((events[3]?.plain.length ?? 0) / 10);
  });

  test.each([
    ['gzip, deflate, br', true],
    ['deflate;q=1, gzip;q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0', false],
    ['br', false],
    [undefined, false],
  ])('goes packed to who sends accept-encoding %s: %s', (header, expected) => {
    expect(takesGzip(header)).toBe(expected);
  });

  test('comes packed at once, in order, and says the same as plain', async () => {
    const trial = await openCloud();
    const row = { device: 'gzip', sensor: 's', value: 21.5 };
    await trial.post('/api/v1/readings', { rows: [row] });
    const heard = await Promise.all([undefined, 'gzip'].map((accept) => hear(trial, accept)));
    const [plain = '', packed] = heard;
    expect(plain).toMatch(/^id: \d+\nevent: reset\ndata: .*"device":"gzip".*\n\n$/);
    expect(packed).toBe(plain);
    await trial.end();
  });
});

/** @returns what a viewer hears first */
function hear(trial: CloudTrial, accept: string | undefined): Promise<string> {
  const headers = accept === undefined ? {} : { 'accept-encoding': accept };
  return new Promise((done, fail) => {
    const request = get(`${trial.cloud.url}/api/v1/live`, { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => {
        parts.push(part);
        const text = accept === undefined ? Buffer.concat(parts).toString() : unpack(parts);
        if (!text.endsWith('\n\n')) return;
        expect(response.headers['content-encoding']).toBe(accept);
        request.destroy();
        done(text);
      });
    });
    request.on('error', fail);
  });
}
