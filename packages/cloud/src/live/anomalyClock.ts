/** How many anomalies and alarms the last hour and day had, by the minute of their stamps. */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '@fernsight/base';

const MINUTES = US_PER_DAY / US_PER_MINUTE;
const HOUR_MINUTES = US_PER_HOUR / US_PER_MINUTE;

export class AnomalyClock {
  /** a ring of a day's minutes; `minute` tells which day's a slot holds */
  readonly #minute = new Float64Array(MINUTES).fill(Number.NEGATIVE_INFINITY);
  readonly #anomalies = new Uint32Array(MINUTES);
  readonly #alarms = new Uint32Array(MINUTES);

  /** Counts at a time; one from before what the ring holds is passed over. */
  add(
    tsUs: number,
    { anomalies, alarms }: { readonly anomalies: number; readonly alarms: number },
  ): void {
    const minute = Math.floor(tsUs / US_PER_MINUTE);
    const slot = ((minute % MINUTES) + MINUTES) % MINUTES;
    const held = this.#minute[slot] ?? Number.NEGATIVE_INFINITY;
    if (minute < held) return;
    if (minute > held) {
      this.#minute[slot] = minute;
      this.#anomalies[slot] = 0;
      this.#alarms[slot] = 0;
    }
    this.#anomalies[slot] = (this.#anomalies[slot] ?? 0) + anomalies;
    this.#alarms[slot] = (this.#alarms[slot] ?? 0) + alarms;
  }

  totals(nowUs: number) {
    const now = Math.floor(nowUs / US_PER_MINUTE);
    const totals = { anomaliesHour: 0, anomaliesDay: 0, alarmsHour: 0, alarmsDay: 0 };
    for (let slot = 0; slot < MINUTES; slot++) {
      const age = now - (this.#minute[slot] ?? Number.NEGATIVE_INFINITY);
      if (age >= MINUTES) continue;
      const anomalies = this.#anomalies[slot] ?? 0;
      const alarms = this.#alarms[slot] ?? 0;
      totals.anomaliesDay += anomalies;
      totals.alarmsDay += alarms;
      if (age >= HOUR_MINUTES) continue;
      totals.anomaliesHour += anomalies;
      totals.alarmsHour += alarms;
    }
    return totals;
  }
}
