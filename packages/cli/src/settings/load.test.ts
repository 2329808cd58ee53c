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
  it('are overridden by a file, the environment and flags, in that order', () => {
    const yaml = file('a.yaml', 'edge:\n  deviceId: a\n  commitInterval: 2s\ncloud:\n  port: 1\n');
    const env = { FERNSIGHT__EDGE__DEVICE_ID: 'b', FERNSIGHT__CLOUD__PORT: '2', HOME: '/x' };
    const { settings, origins } = load({ file: yaml, env, flags: { edge: { deviceId: 'c' } } });
    expect(settings.edge.deviceId).toBe('c');
    expect(settings.cloud.port).toBe(2);
    expect(settings.edge.commitInterval).toBe(2000);
    expect(settings.edge.syncInterval).toBe(10_000);
    expect([...origins]).toEqual([
      ['edge.deviceId', '--device-id'],
      ['edge.commitInterval', `${yaml}:3`],
      ['cloud.port', 'FERNSIGHT__CLOUD__PORT'],
    ]);
  });

  it('of an unknown name are refused with the nearest one and the place', () => {
    const yaml = file('b.yaml', 'edge:\n  devcieId: a\n');
    expect(() => load({ file: yaml })).toThrow(
      expect.objectContaining({
        message: `${yaml}:2: edge.devcieId is no setting`,
        hint: 'did you mean "deviceId"?',
      }),
    );
    expect(() => load({ env: { FERNSIGHT__EGDE__DEVICE_ID: 'a' } })).toThrow(
      expect.objectContaining({ hint: 'did you mean "edge"?' }),
    );
    expect(() => load({ env: { FERNSIGHT__EDGE__DEVICEID: 'a' } })).toThrow(
      expect.objectContaining({ hint: 'did you mean "FERNSIGHT__EDGE__DEVICE_ID"?' }),
    );
  });

  it('that do not fit are refused with the place and what to write', () => {
    for (const [flags, message] of [
      [{ port: '70000' }, '--port: cloud.port: "70000" must be <= 65535 (write a whole number)'],
      [{ port: 'x' }, '--port: cloud.port: "x" must be integer (write a whole number)'],
      [{ dataDir: '' }, /--data-dir: cloud.dataDir/],
    ] as const) {
      expect(() => load({ flags: { cloud: flags } })).toThrow(message);
    }
    expect(() => load({ flags: { edge: { commitInterval: '5 years' } } })).toThrow(
      '"5 years" is not a duration (write 500ms, 30s, 5m, 1h or 7d)',
    );
    expect(() => load({ file: file('g.yaml', 'edge:\n  commitInterval: 30\n') })).toThrow(
      '"30" is not a duration',
    );
    expect(() => load({ file: file('c.yaml', 'edge: 3\n') })).toThrow('a map of settings');
    expect(() => load({ file: file('d.yaml', 'edge: [\n') })).toThrow('is not YAML');
    expect(() => load({ file: join(folder, 'absent.yaml') })).toThrow('cannot read');
  });

  it('that are secret come from a file and are never printed', () => {
    const secret = file('token', 'hush-hush\n');
    for (const layers of [
      { env: { FERNSIGHT__EDGE__TOKEN_FILE: secret } },
      { flags: { edge: { tokenFile: secret } } },
      { file: file('e.yaml', `edge:\n  tokenFile: ${secret}\n`) },
    ]) {
      const loaded = load(layers);
      expect(loaded.settings.edge.token).toBe('hush-hush');
      expect(printSettings(loaded)).toContain('token: "********"');
      expect(printSettings(loaded)).not.toContain('hush');
    }
  });

  it('read back as they were printed', () => {
    const flags = { edge: { deviceId: 'pump: 1', commitInterval: '90s', outboxMax: '2GB' } };
    const first = load({ flags });
    const again = load({ file: file('f.yaml', printSettings(first)) });
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
