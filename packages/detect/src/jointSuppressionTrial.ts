/**
 * A trial of suppression over the sensors of a device: four sensors that follow one process, and an event each week that
 * none of them shows alone. People call its first coming "not an anomaly"; in the next week it comes back, somewhat
 * larger or smaller, longer or shorter, earlier or later; in the week after, something else happens at the same hour: to
 * the other side, at other sensors, or for much longer. A twin without regions says what would have been told.
 */
import { createNoise } from './evaluation/noise.ts';
import { createJointVerdict, JointJudge, type JointVerdict } from './jointJudge.ts';
import { type JointShown, jointRegionAround } from './jointSuppression.ts';

const SENSORS = ['flow', 'heat', 'load', 'speed', 'tilt', 'volts'];
const WEEK_ROWS = 2016;
const INTERVAL_US = 300e6;
/** Monday 2026-01-05T00:00:00Z */
const START_US = 1_767_571_200e6;
/** The alarm of an event is counted until so many rows after it; people see all of it before they say what it was. */
const AFTER = 8;
const SEEN_AFTER = 60;
const JITTER = 5;

interface Pattern {
  /** what is added to each sensor, in deviations of what it has of its own */
  readonly sizes: readonly number[];
  readonly rows: number;
}

/** What people were told in one week, and what they would have been told without a region. */
interface Week {
  told: boolean;
  wouldTell: boolean;
}

export interface JointTrial {
  readonly first: Week;
  readonly again: Week;
  readonly different: Week;
  readonly other: string;
}

const NOTHING: Week = { told: false, wouldTell: false };

/** @param random uniform in [0, 1) */
export function runJointTrial(random: () => number): JointTrial {
  const within = (least: number, most: number): number => least + random() * (most - least);
  const watched = new Watched(createNoise('white', random));
  const strong = within(2, 3.5);
  const turn = Math.floor(random() * SENSORS.length);
  const sides = SENSORS.map(() => (random() < 0.5 ? -1 : 1));
  const sizesFrom = (first: number, sign: number): number[] =>
    SENSORS.map((_, index) => {
      const place = (index - first + SENSORS.length) % SENSORS.length;
      return place < 2 ? sign * (sides[index] ?? 1) * strong : 0;
    });
  const pattern = { sizes: sizesFrom(turn, 1), rows: Math.round(within(40, 90)) };
  const again = {
    sizes: pattern.sizes.map((size) => size * within(0.85, 1.15)),
    rows: Math.round(pattern.rows * within(0.8, 1.2)),
  };
  const others: Readonly<Record<string, Pattern>> = {
    turned: { sizes: sizesFrom(turn, -1), rows: pattern.rows },
    elsewhere: { sizes: sizesFrom(turn + 2, 1), rows: pattern.rows },
    longer: { sizes: pattern.sizes, rows: 5 * pattern.rows + 60 },
  };
  const names = Object.keys(others);
  const other = names[Math.floor(random() * names.length)] ?? 'turned';
  const hour = 600 + Math.floor(random() * 1000);
  watched.rest(WEEK_ROWS);
  const weekOf = (act: Pattern): Week => {
    const start = hour + Math.round(within(-JITTER, JITTER));
    watched.rest(start);
    const week = watched.watch(act);
    watched.rest(WEEK_ROWS - start - act.rows - SEEN_AFTER);
    return week;
  };
  const first = weekOf(pattern);
  // what nobody was told nobody calls harmless
  if (!first.told) return { first, again: NOTHING, different: NOTHING, other };
  return { first, again: weekOf(again), different: weekOf(others[other] ?? pattern), other };
}

/** A device, its twin without regions, and what both told. */
class Watched {
  /** about 20, of deviation 1 */
  readonly #noise: () => number;
  readonly #judge = new JointJudge();
  /** the judge as it would be without regions, once there is one */
  #twin: JointJudge | undefined;
  readonly #out = createJointVerdict();
  readonly #bare = createJointVerdict();
  #process = 0;
  #rows = 0;

  constructor(noise: () => number) {
    this.#noise = noise;
  }

  rest(rows: number): void {
    for (let row = 0; row < rows; row += 1) this.#read([]);
  }

  /** Reads an event and what comes after it; the first one that is told becomes a region. */
  watch(act: Pattern): Week {
    const week = { told: false, wouldTell: false };
    const event: (JointShown & { readonly onsetUs: number })[] = [];
    let onsetUs = 0;
    for (let row = 0; row < act.rows + SEEN_AFTER; row += 1) {
      const { told, wouldTell } = this.#read(row < act.rows ? act.sizes : []);
      if (row < act.rows + AFTER) {
        week.told ||= told;
        week.wouldTell ||= wouldTell;
      }
      if (told && onsetUs === 0) onsetUs = this.#out.onsetUs;
      if (this.#out.onsetUs > 0) event.push(shownBy(this.#out));
    }
    const own = event.filter((shown) => shown.onsetUs === onsetUs);
    if (own.length > 0 && this.#twin === undefined) {
      this.#twin = JointJudge.restore(this.#judge.snapshot());
      this.#bare.alarm = this.#out.alarm;
      this.#judge.suppress([jointRegionAround(own, { id: 1, recurrence: 'weekly' })]);
    }
    return week;
  }

  /** @returns which alarms began with this row */
  #read(added: readonly number[]): Week {
    this.#process = 0.95 * this.#process + 0.3 * (this.#noise() - 20);
    const values = SENSORS.map((_, index) => {
      return this.#noise() + this.#process * (index % 2 === 0 ? 1 : -1) + (added[index] ?? 0);
    });
    const before = { told: this.#out.alarm, wouldTell: this.#bare.alarm };
    const tsUs = START_US + this.#rows * INTERVAL_US;
    this.#rows += 1;
    close(this.#judge, { tsUs, values }, this.#out);
    const told = this.#out.alarm && !before.told;
    if (this.#twin === undefined) return { told, wouldTell: told };
    close(this.#twin, { tsUs, values }, this.#bare);
    return { told, wouldTell: this.#bare.alarm && !before.wouldTell };
  }
}

function close(
  judge: JointJudge,
  row: { readonly tsUs: number; readonly values: readonly number[] },
  out: JointVerdict,
): void {
  for (const [index, sensor] of SENSORS.entries()) {
    judge.judge({ sensor, tsUs: row.tsUs, value: row.values[index] ?? 0 }, out);
  }
  judge.closeRow(out);
}

function shownBy({ tsUs, among, shown, onsetUs }: JointVerdict) {
  return { tsUs, among: [...among], evidence: shown.slice(0, 2 * among.length), onsetUs };
}
