/**
 * What any Linux machine knows of itself, as a source: temperatures, fans and voltages (hwmon, thermal zones), load,
 * memory, disk and network from /proc. A device without a single sensor attached is a useful one at once.
 *
 * Rates (CPU, network) are differences between two polls, so the first poll gives none. A file that disappears, as a
 * USB chip's does, is left out of its poll and found again when it returns.
 */
import { readdirSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Clock,
  errorCode,
  Fault,
  type SensorCard,
  systemClock,
  US_PER_MS,
} from '@fernsight/base';
import { Beat } from './beat.ts';
import type { Block, Source, Taken } from './source.ts';

export interface LinuxOptions {
  readonly intervalMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** where the machine's `proc` and `sys` are: `/` but in tests */
  readonly root?: string | undefined;
  readonly name?: string | undefined;
}

interface Gauge {
  readonly card: SensorCard;
  /** @returns the value now; undefined where it cannot be read just now */
  readonly read: () => number | undefined;
}

/** Kinds of hwmon inputs: file prefix, unit, and what divides the raw integer. Kernel: Documentation/hwmon/sysfs-interface */
const INPUTS = [
  { prefix: 'temp', type: 'temperature', unit: '°C', scale: 1000 },
  { prefix: 'in', type: 'voltage', unit: 'V', scale: 1000 },
  { prefix: 'curr', type: 'current', unit: 'A', scale: 1000 },
  { prefix: 'power', type: 'power', unit: 'W', scale: 1_000_000 },
  { prefix: 'fan', type: 'fan', unit: 'rpm', scale: 1 },
] as const;

/** @returns a source that never ends and cannot repeat */
export function createLinuxSource(options: LinuxOptions = {}): Source {
  const { intervalMs = 10_000, clock = systemClock, root = '/' } = options;
  return {
    name: options.name ?? 'linux',
    repeatable: false,
    sensors: gaugesOf(root, clock).map(({ card }) => ({
      ...card,
      intervalUs: intervalMs * US_PER_MS,
    })),
    async *read(_from, signal): AsyncGenerator<Block> {
      const gauges = gaugesOf(root, clock);
      if (gauges.length === 0) {
        throw new Fault(`${root} has no sensors of a Linux machine`, { op: 'linux.open' });
      }
      const beat = new Beat(clock, intervalMs);
      while (!signal.aborted) {
        yield { readings: readAll(gauges) };
        await beat.next(signal);
      }
    },
  };
}

function readAll(gauges: readonly Gauge[]): Taken[] {
  const readings: Taken[] = [];
  for (const { card, read } of gauges) {
    const value = read();
    if (value !== undefined && Number.isFinite(value))
      readings.push({ sensor: card.sensor, value });
  }
  return readings;
}

function gaugesOf(root: string, clock: Clock): Gauge[] {
  return [
    ...hwmonGauges(join(root, 'sys/class/hwmon')),
    ...thermalGauges(join(root, 'sys/class/thermal')),
    ...procGauges(join(root, 'proc'), clock),
    diskGauge(root),
  ];
}

function hwmonGauges(folder: string): Gauge[] {
  return chipsIn(folder).flatMap(({ chip, name }) => {
    return listed(join(folder, chip)).flatMap((file) => {
      const input = INPUTS.find(({ prefix }) => new RegExp(`^${prefix}\\d+_input$`).test(file));
      if (input === undefined) return [];
      const place = join(folder, chip, file);
      const label = textOf(place.replace(/_input$/, '_label')) ?? file.replace(/_input$/, '');
      const card = { sensor: sensorName(`${name}_${label}`), type: input.type, unit: input.unit };
      return [{ card, read: () => scaled(textOf(place), input.scale) }];
    });
  });
}

/** Chips of one name, as two NVMe drives are, are told apart by their devices: hwmonN changes from start to start. */
function chipsIn(folder: string): { readonly chip: string; readonly name: string }[] {
  const chips = listed(folder).map((chip) => {
    return { chip, name: textOf(join(folder, chip, 'name')) ?? chip };
  });
  return chips.map(({ chip, name }) => {
    if (chips.filter((other) => other.name === name).length === 1) return { chip, name };
    const device = present(() => basename(realpathSync(join(folder, chip, 'device'))));
    return { chip, name: `${name}_${device ?? chip}` };
  });
}

function thermalGauges(folder: string): Gauge[] {
  const zones = listed(folder).filter((zone) => zone.startsWith('thermal_zone'));
  return zones.map((zone) => {
    const type = textOf(join(folder, zone, 'type')) ?? zone;
    const place = join(folder, zone, 'temp');
    const sensor = sensorName(`${zone.replace('thermal_', '')}_${type}`);
    const card = { sensor, type: 'temperature', unit: '°C' };
    return { card, read: () => scaled(textOf(place), 1000) };
  });
}

function procGauges(proc: string, clock: Clock): Gauge[] {
  const line = (file: string, start: string) => () =>
    numbersOf(textOf(join(proc, file)), start) ?? [];
  const memory = () => {
    const [total = Number.NaN] = line('meminfo', 'MemTotal:')();
    const [available = Number.NaN] = line('meminfo', 'MemAvailable:')();
    return 100 * (1 - available / total);
  };
  const gauges: Gauge[] = [
    { card: { sensor: 'load', type: 'load' }, read: () => line('loadavg', '')()[0] },
    { card: { sensor: 'memory_used', type: 'memory', unit: '%', min: 0, max: 100 }, read: memory },
    {
      card: { sensor: 'cpu_usage', type: 'cpu_usage', unit: '%', min: 0, max: 100 },
      read: shareOf(() => cpuTimes(line('stat', 'cpu ')())),
    },
  ];
  for (const net of networksIn(textOf(join(proc, 'net/dev')) ?? '')) {
    const counters = line('net/dev', `${net}:`);
    const rate = (index: number) => rateOf(() => counters()[index], clock);
    const card = { type: 'network', unit: 'B/s', min: 0 };
    gauges.push({ card: { ...card, sensor: sensorName(`${net}_received`) }, read: rate(0) });
    gauges.push({ card: { ...card, sensor: sensorName(`${net}_sent`) }, read: rate(8) });
  }
  return gauges;
}

function diskGauge(root: string): Gauge {
  return {
    card: { sensor: 'disk_used', type: 'disk', unit: '%', min: 0, max: 100 },
    read: () => {
      const disk = present(() => statfsSync(root));
      return disk === undefined ? undefined : 100 * (1 - disk.bavail / disk.blocks);
    },
  };
}

function networksIn(text: string): string[] {
  const names = [...text.matchAll(/^\s*([\w.-]+):/gm)].map((match) => match[1] ?? '');
  return names.filter((name) => name !== 'lo');
}

/** Busy and all jiffies of `cpu` in /proc/stat: idle and iowait are its fourth and fifth numbers (proc(5)). */
function cpuTimes(jiffies: readonly number[]): { readonly part: number; readonly all: number } {
  const all = jiffies.slice(0, 8).reduce((sum, value) => sum + value, 0);
  return { part: all - (jiffies[3] ?? 0) - (jiffies[4] ?? 0), all };
}

/** @returns a gauge of 100 times what `part` grew by what `all` grew since the call before */
function shareOf(count: () => { readonly part: number; readonly all: number }) {
  let before = count();
  return () => {
    const now = count();
    const grown = now.all - before.all;
    const share = grown > 0 ? (100 * (now.part - before.part)) / grown : undefined;
    before = now;
    return share;
  };
}

/** @returns a gauge of what a counter grew a second since the call before; undefined when it was set back */
function rateOf(count: () => number | undefined, clock: Clock) {
  let before = count();
  let beforeMs = clock.monotonicMs();
  return () => {
    const now = count();
    const nowMs = clock.monotonicMs();
    const grown = (now ?? Number.NaN) - (before ?? Number.NaN);
    const rate = grown >= 0 && nowMs > beforeMs ? (1000 * grown) / (nowMs - beforeMs) : undefined;
    before = now;
    beforeMs = nowMs;
    return rate;
  };
}

/** @returns the numbers of the line that starts with `start` */
function numbersOf(text: string | undefined, start: string): number[] | undefined {
  const line = text?.split('\n').find((one) => one.trimStart().startsWith(start));
  const numbers = line
    ?.trimStart()
    .slice(start.length)
    .match(/\d+(\.\d+)?/g);
  return numbers?.map(Number);
}

function scaled(text: string | undefined, scale: number): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text) / scale;
}

function sensorName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

function listed(folder: string): string[] {
  return present(() => readdirSync(folder).sort()) ?? [];
}

function textOf(path: string): string | undefined {
  return present(() => readFileSync(path, 'utf8').trim());
}

/**
 * A chip may vanish or refuse at any time, with whatever its driver returns (ENETDOWN of a Wi-Fi chip that is down,
 * ETIMEDOUT, EREMOTEIO, EBUSY): whatever the system reports is no reading, and no fault of the agent.
 */
function present<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
}
