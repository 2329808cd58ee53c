/** Which sensors are silent, by the interval that each has: a state, told in the log when it begins and when it ends. */
import type { Clock, Log } from '@fernsight/base';
import type { Cards } from './cards.ts';
import type { Devices } from './devices.ts';

export class Silence {
  readonly #devices: Devices;
  readonly #cards: Cards;
  readonly #clock: Clock;
  readonly #log: Log;
  #before: ReadonlySet<string> = new Set();

  constructor(
    devices: Devices,
    cards: Cards,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ) {
    this.#devices = devices;
    this.#cards = cards;
    this.#clock = clock;
    this.#log = log;
  }

  /** @returns the silent ones, as `device/sensor`. O(sensors) */
  sensors(): string[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#devices.all].flatMap((device) => {
      const intervalUsOf = (sensor: string) => this.#cards.sensor(device.name, sensor)?.intervalUs;
      return device.silent(nowMs, intervalUsOf).map((sensor) => `${device.name}/${sensor}`);
    });
  }

  /** One line when a sensor falls silent, one when it is back. */
  tell(): void {
    const silent = new Set(this.sensors());
    for (const sensor of silent) {
      if (!this.#before.has(sensor)) this.#log.warn('a sensor is silent', { sensor });
    }
    for (const sensor of this.#before) {
      if (!silent.has(sensor)) this.#log.info('a sensor is back', { sensor });
    }
    this.#before = silent;
  }
}
