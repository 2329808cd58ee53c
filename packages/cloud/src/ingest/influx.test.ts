/** What clients of InfluxDB, Telegraf above all, meet at `/api/v2/write`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CloudTrial, NOW_US, openCloud } from '../cloudTrial.ts';

const WRITE = '/api/v2/write?bucket=b&org=o&precision=ns';
const STAMP = `${NOW_US}000`;

let trial: CloudTrial;
beforeAll(async () => {
  trial = await openCloud();
});
afterAll(() => trial.end());

const write = (lines: readonly string[]) =>
  trial.post(WRITE, lines.join('\n'), { 'content-type': 'text/plain; charset=utf-8' });

async function sensorsOf(device: string): Promise<string[]> {
  const { body } = await trial.get('/api/v1/fleet');
  const { devices } = body as {
    devices: { device: string; sensors: { sensor: string }[] }[];
  };
  const found = devices.find((one) => one.device === device);
  return (found?.sensors ?? []).map(({ sensor }) => sensor).sort();
}

describe('a write', () => {
  test('of what Telegraf says of its host is taken: text alone is no fault', async () => {
    const { status } = await write([
      `system,host=web load1=0.5,n_cpus=2i ${STAMP}`,
      `system,host=web uptime_format="1 day,  2:03" ${STAMP}`,
      `service,host=web active=true ${STAMP}`,
    ]);
    expect(status).toBe(204);
    expect(await sensorsOf('web')).toEqual(['system.load1', 'system.n_cpus']);
  });

  test("of the parts of Telegraf's host is of the host; other things behind it are devices", async () => {
    const { status } = await write([
      `disk,device=sda1,fstype=ext4,host=db,mode=rw,path=/var free=5i ${STAMP}`,
      `smart_device,device=nvme0,host=db temp_c=40i ${STAMP}`,
      `disk,device=sdz free=1i ${STAMP}`,
      `env,device=kiln,host=db value=900 ${STAMP}`,
    ]);
    expect(status).toBe(204);
    expect(await sensorsOf('db')).toEqual([
      'disk.free{device=sda1,fstype=ext4,mode=rw,path=%2Fvar}',
      'smart_device.temp_c{device=nvme0}',
    ]);
    expect(await sensorsOf('sdz')).toEqual(['disk.free']);
    expect(await sensorsOf('kiln')).toEqual(['env{host=db}']);
  });

  test('that is refused says why in the members that its clients look for', async () => {
    const { status, body } = await write(['room,host=h t=x']);
    expect([status, body]).toMatchObject([
      400,
      { code: 'invalid', message: expect.stringMatching(/^partial write: line 1\/t "x" is/) },
    ]);
    const unknown = await trial.post(WRITE, '', { 'content-encoding': 'lzma' });
    expect([unknown.status, unknown.body]).toMatchObject([
      415,
      { code: 'unsupported media type', message: expect.stringMatching(/lzma/) },
    ]);
    const closed = await openCloud({ open: false });
    const nobody = await closed.post(WRITE, 'room,host=h t=1');
    await closed.end();
    expect([nobody.status, nobody.body]).toMatchObject([
      401,
      { code: 'unauthorized', message: expect.any(String) },
    ]);
  });

  test('of a number in quotes is refused, which its sender must hear of', async () => {
    const { status, body } = await write([`room,host=quoted temperature="21.5" ${STAMP}`]);
    expect([status, body]).toMatchObject([
      400,
      { errors: [{ pointer: 'line 1/temperature', detail: expect.stringMatching(/quotes/) }] },
    ]);
  });
});

test('text alone is told of where a reply has room for it', async () => {
  const text = { 'content-type': 'text/plain' };
  const { status, body } = await trial.post('/api/v1/readings', 'a,host=h note="x"', text);
  expect([status, body]).toMatchObject([
    202,
    { accepted: 0, errors: [{ at: 'line 1', code: 'text', message: 'has no numeric field' }] },
  ]);
});
