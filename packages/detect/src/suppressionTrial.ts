/**
 * A trial of suppression: a series with a pattern that comes back each week. People call its first coming "not an anomaly";
 * in the next week it comes back, somewhat larger or smaller, longer or shorter, earlier or later; in the week after,
 * something else happens at the same hour. A twin without regions says what would have been told.
 *
 * Something else is what goes to the other side, is three times as large, lasts much longer, or shakes both ways. What is
 * smaller and shorter to the same side is the same pattern: nothing at its first reading tells them apart.
 */
import { createNoise, NOISES } from './evaluation/noise.ts';
import { SeriesJudge } from './seriesJudge.ts';
import { regionAround, type Shown } from './suppression.ts';
import { createVerdict, type Verdict } from './verdict.ts';

const PATTERNS = ['spike', 'plateau', 'hump', 'dropout', 'noise'] as const;

interface Pattern {
  readonly name: (typeof PATTERNS)[number];
  readonly side: 1 | -1;
  /** in deviations of the noise */
  readonly size: number;
  readonly readings: number;
}

/** What people were told in one week, and what they would have been told without a region. */
interface Week {
  told: boolean;
  wouldTell: boolean;
}

const NOTHING: Week = { told: false, wouldTell: false };

export interface Trial {
  readonly pattern: string;
  readonly other: string;
  readonly first: Week;
  readonly again: Week;
  readonly different: Week;
}

const INTERVAL_US = 300e6;
const WEEK_READINGS = 2016;
/** Monday 2026-01-05T00:00:00Z */
const START_US = 1_767_571_200e6;
/** The alarm of an event is counted until so many readings after it. */
const AFTER = 8;
/** People see the whole event before they say what it was. */
const SEEN_AFTER = 40;
/** Readings by which it comes earlier or later, and shares by which it differs. */
const JITTER = 5;

type Range = readonly [number, number];
const SIZES = {
  spike: [9, 16],
  plateau: [8, 14],
  hump: [8, 14],
  dropout: [20, 20],
  noise: [5, 9],
} as const;
const LENGTHS = {
  spike: [1, 2],
  plateau: [4, 12],
  hump: [16, 40],
  dropout: [3, 10],
  noise: [16, 40],
} as const;

/** @param random uniform in [0, 1) */
export function runTrial(index: number, random: () => number): Trial {
  const within = ([least, most]: Range): number => least + random() * (most - least);
  const noise = createNoise(NOISES[index % NOISES.length] ?? 'white', random);
  const name = PATTERNS[Math.floor(random() * PATTERNS.length)] ?? 'spike';
  const side = name === 'dropout' || random() < 0.5 ? -1 : 1;
  const readings = Math.round(within(LENGTHS[name]));
  const pattern: Pattern = { name, side, size: within(SIZES[name]), readings };
  const again = {
    ...pattern,
    size: pattern.size * within([0.85, 1.15]),
    readings: Math.max(1, Math.round(readings * within([0.8, 1.2]))),
  };
  const other = differ(pattern, random);
  const hour = 600 + Math.floor(random() * 1200);
  const judge = new Watched();
  for (let at = 0; at < WEEK_READINGS; at += 1) judge.read(noise());
  const weekOf = (act: Pattern): Week => {
    const start = hour + Math.round(within([-JITTER, JITTER]));
    for (let at = 0; at < start; at += 1) judge.read(noise());
    const week = judge.watch(act, noise);
    const rest = WEEK_READINGS - start - act.readings - SEEN_AFTER;
    for (let at = 0; at < rest; at += 1) judge.read(noise());
    return week;
  };
  const about = { pattern: `${name} ${side}`, other: `${other.name} ${other.side}` };
  const first = weekOf(pattern);
  // what nobody was told nobody calls harmless
  if (!first.told) return { ...about, first, again: NOTHING, different: NOTHING };
  return { ...about, first, again: weekOf(again), different: weekOf(other) };
}

/** A judge, its twin without regions, and what both told. */
class Watched {
  readonly #judge = new SeriesJudge({});
  /** the judge as it would be without regions, once there is one */
  #twin: SeriesJudge | undefined;
  readonly #out = createVerdict();
  #bare = createVerdict();
  #count = 0;

  /** @returns which alarms began with this reading */
  read(value: number): Week {
    const before = { told: this.#out.alarm, wouldTell: this.#bare.alarm };
    const tsUs = START_US + this.#count * INTERVAL_US;
    this.#judge.judge(tsUs, value, this.#out);
    this.#count += 1;
    const told = this.#out.alarm && !before.told;
    if (this.#twin === undefined) return { told, wouldTell: told };
    this.#twin.judge(tsUs, value, this.#bare);
    return { told, wouldTell: this.#bare.alarm && !before.wouldTell };
  }

  /** Reads an event and what comes after it; the first one that is told becomes a region. */
  watch(act: Pattern, noise: () => number): Week {
    const week = { told: false, wouldTell: false };
    const event: (Shown & { readonly onsetUs: number })[] = [];
    let onsetUs = 0;
    for (let step = 0; step < act.readings + SEEN_AFTER; step += 1) {
      const { told, wouldTell } = this.read(
        step < act.readings ? disturb(noise(), act, step) : noise(),
      );
      if (step < act.readings + AFTER) {
        week.told ||= told;
        week.wouldTell ||= wouldTell;
      }
      if (told && onsetUs === 0) onsetUs = this.#out.onsetUs;
      if (this.#out.onsetUs > 0)
        event.push(shownBy(this.#out, START_US + this.#count * INTERVAL_US));
    }
    const own = event.filter((shown) => shown.onsetUs === onsetUs);
    if (own.length > 0 && this.#twin === undefined) {
      this.#twin = SeriesJudge.restore(this.#judge.snapshot(), {});
      this.#bare = { ...this.#out };
      this.#judge.suppress([regionAround(own, { id: 1, recurrence: 'weekly' })]);
    }
    return week;
  }
}

function shownBy(
  { evidence, onsetUs }: Verdict,
  tsUs: number,
): Shown & { readonly onsetUs: number } {
  return { tsUs, evidence: evidence.slice(), onsetUs };
}

function differ(pattern: Pattern, random: () => number): Pattern {
  const { name, side, size, readings } = pattern;
  const turned: Pattern = { ...pattern, side: side === 1 ? -1 : 1 };
  const longer: Pattern = {
    ...pattern,
    name: 'plateau',
    size: Math.max(8, size),
    readings: 4 * readings + 60,
  };
  const larger: Pattern = { ...pattern, size: 3 * size };
  const shaking: Pattern = { ...pattern, name: 'noise', size: 8, readings: 40 };
  const choices = name === 'noise' ? [longer, larger] : [turned, longer, larger, shaking];
  return choices[Math.floor(random() * choices.length)] ?? turned;
}

function disturb(value: number, { name, side, size, readings }: Pattern, step: number): number {
  switch (name) {
    case 'spike':
    case 'plateau':
    case 'dropout':
      return value + side * size;
    case 'hump':
      return value + side * size * (1 - Math.abs((2 * (step + 1)) / (readings + 1) - 1));
    case 'noise':
      return 20 + (value - 20) * size;
  }
}
