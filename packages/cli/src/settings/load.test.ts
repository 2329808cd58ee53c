import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Layers, loadSettings } from './load.ts';
import { levenshtein, nearest } from './nearest.ts';
import { printSettings } from './print.ts';
import { formatDuration, parseDuration, parseSize } from './unit.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const load = (layers: Partial<Layers>) => loadSettings({ env: {}, flags: {}, ...layers });

describe('settings', () => {
  it('are overridden by a file, the environment and flags, in that order', async () => {
    const yaml = file('a.yaml', 'edge:\n  deviceId: a\n  commitInterval: 2s\ncloud:\n  port: 1\n');
    const env = { FERNSIGHT__EDGE__DEVICE_ID: 'b', FERNSIGHT__CLOUD__PORT: '2', HOME: '/x' };
    const { settings, origins } = await load({
      file: yaml,
      env,
      flags: { edge: { deviceId: 'c' } },
    });
    expect(settings.edge.deviceId).toBe('c');
    expect(settings.cloud.port).toBe(2);
    expect(settings.edge.commitInterval).toBe(2000);
    expect(settings.edge.syncInterval).toBe(5_000);
    expect([...origins]).toEqual([
      ['edge.deviceId', '--device-id'],
      ['edge.commitInterval', `${yaml}:3`],
      ['cloud.port', 'FERNSIGHT__CLOUD__PORT'],
    ]);
  });

  it('of an unknown name are refused with the nearest one and the place', async () => {
    const yaml = file('b.yaml', 'edge:\n  devcieId: a\n');
    await expect(load({ file: yaml })).rejects.toThrow(
      expect.objectContaining({
        message: `${yaml}:2: edge: there is no "devcieId"`,
        hint: 'did you mean "deviceId"?',
      }),
    );
    await expect(load({ env: { FERNSIGHT__EGDE__DEVICE_ID: 'a' } })).rejects.toThrow(
      expect.objectContaining({ hint: 'did you mean "edge"?' }),
    );
    await expect(load({ env: { FERNSIGHT__EDGE__DEVICEID: 'a' } })).rejects.toThrow(
      expect.objectContaining({ hint: 'did you mean "FERNSIGHT__EDGE__DEVICE_ID"?' }),
    );
  });

  it('that do not fit are refused with the place and what to write', async () => {
    for (const [flags, message, hint] of [
      [
        { cloud: { port: '70000' } },
        '--port: cloud: port: "70000" does not fit',
        'from 0 to 65535',
      ],
      [{ cloud: { port: 'x' } }, '--port: cloud: port: "x" does not fit', 'from 0 to 65535'],
      [{ cloud: { dataDir: '' } }, '--data-dir: cloud: dataDir: "" does not fit', 'write a text'],
      [{ edge: { deviceId: 'a/b' } }, '--device-id: edge: deviceId: "a/b"', 'without a slash'],
      [{ edge: { cloudUrl: 'server' } }, '"server" does not fit', 'http://host:port'],
      [{ edge: { source: 'csvv' } }, '"csvv" does not fit', 'did you mean "csv"?'],
      [{ edge: { commitInterval: '5 years' } }, '"5 years" is not a duration', '30s, 5m, 1h'],
      [{ edge: { interval: '0s' } }, '--interval: edge: interval: "0s" does not fit', '1ms'],
      [{ edge: { speed: 'fast' } }, '"fast" is not a speed', '60x, or max'],
      [{ edge: { budgetPerWeek: '0' } }, '"0" does not fit', 'above 0'],
    ] as const) {
      await expect(load({ flags })).rejects.toThrow(
        expect.objectContaining({
          message: expect.stringContaining(message),
          hint: expect.stringContaining(hint),
        }),
      );
    }
    await expect(load({ file: file('g.yaml', 'edge:\n  commitInterval: 30\n') })).rejects.toThrow(
      '"30" is not a duration',
    );
    await expect(load({ file: file('c.yaml', 'edge: 3\n') })).rejects.toThrow('a map of settings');
    await expect(load({ file: file('d.yaml', 'edge: [\n') })).rejects.toThrow('is not YAML');
    await expect(load({ file: join(folder, 'absent.yaml') })).rejects.toThrow('cannot read');
  });

  it('that are secret come from a file and are never printed', async () => {
    const secret = file('token', 'hush-hush\n');
    for (const layers of [
      { env: { FERNSIGHT__EDGE__TOKEN_FILE: secret } },
      { flags: { edge: { tokenFile: secret } } },
      { file: file('e.yaml', `edge:\n  tokenFile: ${secret}\n`) },
    ]) {
      const loaded = await load(layers);
      expect(loaded.settings.edge.token).toBe('hush-hush');
      expect(printSettings(loaded)).toContain('# token: "********"');
      expect(printSettings(loaded)).not.toContain('hush');
    }
  });

  it('that are secret are not taken from a mask, nor from two places at once', async () => {
    await expect(load({ env: { FERNSIGHT__EDGE__TOKEN: '********' } })).rejects.toThrow('a mask');
    const secret = file('token', 'hush');
    const env = { FERNSIGHT__EDGE__TOKEN: 'x', FERNSIGHT__EDGE__TOKEN_FILE: secret };
    await expect(load({ env })).rejects.toThrow('edge.token is set twice');
  });

  it('in the environment that lack an underscore are noticed', async () => {
    await expect(load({ env: { FERNSIGHT_EDGE_DEVICE_ID: 'a' } })).rejects.toThrow(
      expect.objectContaining({ hint: 'did you mean "FERNSIGHT__EDGE__DEVICE_ID"?' }),
    );
    expect((await load({ env: { FERNSIGHT_KEY: 'a' } })).origins.size).toBe(0);
  });

  it('of a sensor are checked, with the place', async () => {
    const yaml = file('h.yaml', 'edge:\n  sensors:\n    - sensor: flow\n      unti: l/s\n');
    await expect(load({ file: yaml })).rejects.toThrow(
      expect.objectContaining({
        message: `${yaml}:2: edge: sensors: entry 1: there is no "unti"`,
        hint: 'did you mean "unit"?',
      }),
    );
    await expect(
      load({ file: file('i.yaml', 'edge:\n  sensors: [{ unit: l/s }]\n') }),
    ).rejects.toThrow('edge: sensors: entry 1: "sensor" is missing');
  });

  it('read back as they were printed', async () => {
    const sensors = '[{"sensor":"flow","interval":"90s","max":100}]';
    const flags = {
      edge: { deviceId: 'pump: 1', commitInterval: '90s', outboxMax: '2GB', sensors, sources: '' },
    };
    flags.edge.sources = '[{"source":"csv","input":"a.csv","speed":"60x"}]';
    const first = await load({ flags });
    const again = await load({ file: file('f.yaml', printSettings(first)) });
    expect(again.settings).toEqual(first.settings);
  });
});

describe('quantities', () => {
  it('mean what they say', () => {
    expect(parseDuration('1.5m')).toBe(90_000);
    expect(parseSize('512MB')).toBe(512_000_000);
    expect(formatDuration(90_000)).toBe('90s');
    expect(formatDuration(0)).toBe('0ms');
    expect(() => parseDuration('30')).toThrow('not a duration');
  });
});

describe('the nearest name', () => {
  it('is the one of the fewest edits, where it is near at all', () => {
    expect(levenshtein('kitten', 'sitting')).toBe(3);
    expect(levenshtein('', 'abc')).toBe(3);
    expect(nearest('prot', ['port', 'open', 'host'])).toBe('port');
    expect(nearest('zzzzzz', ['port', 'open'])).toBeUndefined();
  });
});
