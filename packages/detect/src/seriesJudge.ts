/**
 * Judges one series: one sensor of one device, reading by reading, in O(1) time and memory.
 *
 * A reading goes the way of the file names: what was expected (residual/), what speaks against it (channels/), how rare
 * that is here (calibration/), whether it is news (episode.ts), the verdict. Score first, learn second (I6): a verdict
 * depends on the readings before it and on itself; what was marked is learnt at a small share only, until it has lasted
 * so long that it is the new normal. The state is one buffer, so that a snapshot is a copy and a restored judge goes on
 * bit for bit as if it had never stopped (I5). Judging makes no object; the engine boxes a number where it does not inline.
 */
import {
  clearChannels,
  combine,
  createCombined,
  learnCombined,
  nameChannels,
} from './calibration/combine.ts';
import { learnPlace, weighPlace } from './calibration/place.ts';
import {
  acceptChannels,
  FOREST,
  HOUR,
  INNOVATION,
  initChannels,
  kindOf,
  learnChannels,
  RESIDUAL,
  restartForest,
  STUCK,
  showChannels,
  weighChannels,
  weighForest,
} from './channels/evidence.ts';
import { hourDeviation, hourKnown, hourMean, hourOf } from './channels/hour.ts';
import { createReading } from './channels/reading.ts';
import { isDropout } from './channels/zero.ts';
import {
  acceptAfter,
  alarmAfter,
  inEvent,
  initEpisode,
  isBeyondDoubtAfter,
  newsOf,
  onsetOf,
} from './episode.ts';
import { alarmDecades, markDecades, scoreOf } from './evidence.ts';
import { SCALE_FREE_WIDTH, scaleFree } from './features/scaleFree.ts';
import { Window } from './features/window.ts';
import type { RowScorer } from './forest/rowScorer.ts';
import { type JudgeOptions, requireBudget } from './options.ts';
import { boundValue, requireFinite, requireLater } from './reading.ts';
import { acceptLevel, CUT, expectReading, learnExpectation } from './residual/expectation.ts';
import { initPeriod } from './residual/period.ts';
import * as at from './seriesState.ts';
import { packSnapshot, SnapshotError, unpackSnapshot } from './snapshot.ts';
import { REGION_BYTES, REGIONS_MAX, type Region, Suppression } from './suppression.ts';
import { EVIDENCES, type Verdict } from './verdict.ts';

/** Values below min or above max are judged by rule, from the first reading on. Either may be absent. */
export interface Limits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The budget holds this series. */
export interface SeriesOptions extends JudgeOptions {
  /** the device's fixed offset from UTC, for time of day; default 0 */
  readonly utcOffsetMinutes?: number | undefined;
  readonly limits?: Limits | undefined;
  /** over the features of features/scaleFree.ts; without one its channel is silent */
  readonly forest?: RowScorer | undefined;
}

/** Readings judged by rules alone: fewer say nothing of a spread. */
const RULE_READINGS = 16;
/** Readings until the stage is `ready`: every spread is known then, and every tail has its peaks. */
const READY_READINGS = 256;
/** Readings over which the interval is averaged. */
const INTERVAL_READINGS = 64;
/**
 * A pause is told from the pace: it counts as so many intervals at most, and doubles the mean. Else a sensor of one reading
 * a second would look like one of two an hour after a day's outage, and be marked a thousand times too readily. So from the
 * third reading on: a sensor is tried before it is put in its place, and a clock that was not set yet goes on by years.
 */
const PAUSE_INTERVALS = 64;
/** Thresholds follow the interval when it has changed by this share. */
const PACE_SHARE = 0.02;
/** A mark needs a rarity of at most so many decades less than its null claims: nulls are wrong, but not by 100. */
const SLACK_DECADES = 2;
/**
 * Where a null speaks against more readings than this share, it is the null that is wrong (a series that wanders, or has
 * heavy tails), and only what exceeds that share is marked. Runs of real anomalies stay below it.
 */
const NULL_SHARE_MAX = 0.055;
/** Decades by which the running quantile follows: a drift of fifty readings may raise it by one. */
const NULL_STEP = 0.02;
/** Width of the band of marked readings that are not rare, in which they are ordered by their null. */
const BAND_DECADES = 0.15;
const BAND_HALF = 4;
/**
 * An alarm that is exceeded by so many decades is beyond doubt, and what is marked while it stands does not count among
 * the magnitudes that are usual: of the alarms that noise raises it is one in a hundred, so the budget holds; of real
 * incidents it is most, and each would hide the next.
 */
const DOUBT_DECADES = 2;
/** A run that every hundredth is as long as may be the longest so far, but it is no reason to call a sensor at fault. */
const STUCK_DECADES = 2;
/** A broken limit is beyond doubt. */
const RULE_DECADES = 3;

// Of the reading being judged; nothing is kept here between readings.
const now = createReading();
const combined = createCombined();
const raw = new Float64Array(EVIDENCES);
const ranks = new Float64Array(EVIDENCES);
const evidence = { raw, ranks };
const features = new Float64Array(SCALE_FREE_WIDTH);
const held = { most: 0, rare: false };
const found = {
  tsUs: 0,
  onsetUs: 0,
  intervalUs: 0,
  utcOffsetMinutes: 0,
  evidence: new Int16Array(EVIDENCES),
};

export class SeriesJudge {
  #state: at.SeriesState;
  /** of the forest's features; none without a forest */
  #window: Window | undefined;
  readonly #options: SeriesOptions;
  #forest: RowScorer | undefined;
  #suppression = new Suppression();

  /** @throws {RangeError} on a budget that is no number above 0 */
  constructor(options: SeriesOptions = {}) {
    requireBudget(options);
    this.#state = new at.SeriesState(new ArrayBuffer(at.SERIES_BYTES));
    this.#options = options;
    this.#forest = options.forest;
    initChannels(this.#state);
    initPeriod(this.#state.numbers, at.PERIOD);
    initEpisode(this.#state.numbers);
    this.#state.numbers[at.LAST_TS_US] = -1;
    this.#reckonThresholds();
  }

  /**
   * Judges one reading, then learns from it.
   * @param tsUs stamp, integer microseconds UTC, after the previous one
   * @param value finite, in the sensor's unit
   * @param out overwritten with the verdict
   * @throws {ReadingError} and changes nothing where the value is no finite number or the stamp not later. O(1)
   */
  judge(tsUs: number, value: number, out: Verdict): void {
    const state = this.#state;
    requireFinite(value);
    requireLater(tsUs, state.numbers[at.LAST_TS_US] ?? 0);
    if (takeIn(state, tsUs, value)) this.#reckonThresholds();
    now.hour = hourOf(tsUs, this.#options.utcOffsetMinutes ?? 0);
    expectReading(state, now);
    weighChannels(state, now, raw);
    if (this.#forest !== undefined) {
      this.#window ??= new Window(at.WINDOW, state.window());
      this.#window.push(now.value);
      scaleFree(this.#window, now, features);
      raw[FOREST] = weighForest(state, this.#forest.score(features));
    }
    combine(state, evidence, combined);
    this.#decide(value, out);
    learn(state);
  }

  /** As judge, and learns nothing: the next reading finds what was known before this one, and an alarm goes on or not as it was. Copies the state. */
  glance(tsUs: number, value: number, out: Verdict): void {
    const { buffer } = this.#state;
    const before = new Uint8Array(buffer.slice(0));
    try {
      this.judge(tsUs, value, out);
    } finally {
      new Uint8Array(buffer).set(before);
    }
    out.alarm = this.#state.numbers[at.ALARM] !== 0;
  }

  /** Puts another forest in place between two readings; undefined judges without one. */
  swapForest(forest: RowScorer | undefined): void {
    if (this.#forest === undefined) {
      const window = this.#state.window();
      window.numbers.fill(0);
      window.places.fill(0);
    }
    if (this.#forest !== forest) restartForest(this.#state);
    this.#forest = forest;
  }

  /** @returns the forest in use */
  forest(): RowScorer | undefined {
    return this.#forest;
  }

  /**
   * Puts suppression regions in place between two readings, instead of those there were. An alarm that stands is over: it
   * may be the one that was called harmless, and what is not in a region raises another with its next reading.
   */
  suppress(regions: readonly Region[]): void {
    this.#suppression.set(regions);
    if (!this.#suppression.isEmpty) this.#state.numbers[at.ALARM] = 0;
  }

  /** @returns the suppression regions in force */
  regions(): Region[] {
    return this.#suppression.regions();
  }

  /** @returns the whole state as bytes, its suppression regions included; options and forest are not part of it */
  snapshot(): Uint8Array {
    const { bytes } = this.#suppression;
    if (bytes.length === 0) return packSnapshot('s', [], this.#state.buffer);
    const state = new Uint8Array(at.SERIES_BYTES + bytes.length);
    state.set(new Uint8Array(this.#state.buffer));
    state.set(bytes, at.SERIES_BYTES);
    return packSnapshot('s', [], state.buffer);
  }

  /**
   * @param bytes from snapshot()
   * @returns a judge that goes on bit for bit as the one whose snapshot it was, given the same options and forest
   * @throws {SnapshotError}
   */
  static restore(bytes: Uint8Array, options: SeriesOptions = {}): SeriesJudge {
    const { state } = unpackSnapshot('s', bytes);
    const count = (state.byteLength - at.SERIES_BYTES) / REGION_BYTES;
    if (!Number.isInteger(count) || count < 0 || count > REGIONS_MAX) {
      throw new SnapshotError(
        'damaged',
        `a series' state has ${at.SERIES_BYTES} bytes and regions`,
      );
    }
    const judge = new SeriesJudge(options);
    judge.#state = new at.SeriesState(state.slice(0, at.SERIES_BYTES));
    judge.#suppression = Suppression.restore(new Uint8Array(state, at.SERIES_BYTES));
    judge.#reckonThresholds();
    return judge;
  }

  /** From evidence to verdict. Below the mark a score is the null's evidence, above it rarity and place in equal parts. */
  #decide(value: number, out: Verdict): void {
    const s = this.#state.numbers;
    const { budgetPerWeek, limits } = this.#options;
    const judged = (s[at.COUNT] ?? 0) >= RULE_READINGS;
    const mark = s[at.MARK_DECADES] ?? 0;
    const alarm = s[at.ALARM_DECADES] ?? 0;
    const broken = limits !== undefined && isOutside(limits, value);
    const { rarity, magnitude, nullDecades } = combined;
    const place = weighPlace(this.#state, now.value);
    const byNull =
      nullDecades >= mark &&
      nullDecades >= (s[at.USUAL_NULL] ?? 0) &&
      rarity >= mark - SLACK_DECADES;
    const rare = rarity >= alarm || magnitude >= alarm;
    now.marked = broken || (judged && (byNull || rare));

    const band = mark + (BAND_DECADES * nullDecades) / (nullDecades + BAND_HALF);
    let decades = nullDecades < mark - 0.01 ? nullDecades : mark - 0.01;
    if (now.marked) decades = Math.max(band, (Math.max(rarity, band) + place) / 2);
    if (budgetPerWeek !== undefined) {
      // the alarm is the threshold then, and the score must tell on which side it is
      decades = rare ? Math.max(decades, alarm) : Math.min(decades, alarm - 0.01);
    }
    if (!judged) decades = 0;
    held.most = now.marked ? band : mark;
    held.rare = now.marked && (rarity >= mark || place >= mark || magnitude >= alarm);
    decades = broken ? alarm + RULE_DECADES : newsOf(s, decades, held);

    const cause = byNull && !(rarity >= alarm) ? combined.strongest : combined.rarest;
    now.spike = now.marked && (cause === RESIDUAL || cause === INNOVATION);
    out.score = scoreOf(decades);
    out.threshold = judged || broken ? scoreOf(budgetPerWeek === undefined ? mark : alarm) : 1;
    this.#weighSuppression(out);
    now.quiet = out.suppressedBy !== 0;
    out.anomaly = out.score >= out.threshold && !now.quiet;
    out.alarm = alarmAfter(s, !now.quiet && (broken || (judged && rare)), now.marked && !now.quiet);
    const isRun = cause !== STUCK || (raw[STUCK] ?? 0) >= STUCK_DECADES;
    this.#describe(out, isRun ? cause : combined.strongest, broken);
  }

  /** What a marked reading showed, and whether people said of its like that it is no anomaly. */
  #weighSuppression(out: Verdict): void {
    const s = this.#state.numbers;
    out.onsetUs = onsetOf(s, now.tsUs, now.marked);
    out.suppressedBy = 0;
    if (!now.marked) {
      // a call of fill costs more than ten stores
      for (let index = 0; index < EVIDENCES; index += 1) out.evidence[index] = 0;
      return;
    }
    showChannels(now, raw, out.evidence);
    if (this.#suppression.isEmpty) return;
    found.evidence.set(out.evidence);
    found.tsUs = now.tsUs;
    found.onsetUs = out.onsetUs;
    found.intervalUs = s[at.INTERVAL_US] ?? 0;
    found.utcOffsetMinutes = this.#options.utcOffsetMinutes ?? 0;
    out.suppressedBy = this.#suppression.regionOf(found);
  }

  /** The thresholds depend on the pace and the options alone, and the pace changes rarely. */
  #reckonThresholds(): void {
    const s = this.#state.numbers;
    const paceUs = s[at.PACE_US] ?? 0;
    s[at.MARK_DECADES] = markDecades(paceUs);
    s[at.ALARM_DECADES] = alarmDecades(this.#options.budgetPerWeek, paceUs);
  }

  #describe(out: Verdict, cause: number, broken: boolean): void {
    const s = this.#state.numbers;
    const count = s[at.COUNT] ?? 0;
    const gone = isDropout(s, now);
    const unusual = out.anomaly || (out.suppressedBy !== 0 && out.score >= out.threshold);
    out.kind = unusual ? (gone ? 'dropout' : kindOf(cause, now)) : 'none';
    out.sensorFault = out.anomaly && (out.kind === 'dropout' || out.kind === 'stuck');
    const { hours } = this.#state;
    const byHour = unusual && cause === HOUR;
    let half = CUT * now.innovationDeviation;
    let expected = now.level + now.season + now.carried;
    if (byHour) {
      half = CUT * hourDeviation(hours, now.hour);
      expected = now.level + now.season + hourMean(hours, now.hour);
    }
    out.expected = expected;
    out.lower = expected - half;
    out.upper = expected + half;
    if (count === 0) out.expected = out.lower = out.upper = Number.NaN;
    out.stage = count < RULE_READINGS ? 'rules' : count < READY_READINGS ? 'warming' : 'ready';
    out.needed = count < READY_READINGS ? READY_READINGS - count : 0;
    if (now.marked) nameChannels(ranks, cause, out);
    else clearChannels(out);
    if (broken) out.channels[0] = 'rule';
    else if (out.kind === 'dropout') out.channels[0] = 'dropout';
  }
}

function isOutside({ min, max }: Limits, value: number): boolean {
  return (min !== undefined && value < min) || (max !== undefined && value > max);
}

/** Takes the reading and its stamp in; the very first one is its own level. @returns whether the pace has changed */
function takeIn(state: at.SeriesState, tsUs: number, value: number): boolean {
  const s = state.numbers;
  const count = s[at.COUNT] ?? 0;
  now.tsUs = tsUs;
  now.value = boundValue(value);
  if (count === 0) {
    s[at.LEVEL] = now.value;
    s[at.FIRST_TS_US] = tsUs;
  } else {
    const usual = s[at.INTERVAL_US] ?? 0;
    const readings = count < INTERVAL_READINGS ? count : INTERVAL_READINGS;
    const most = usual > 0 ? PAUSE_INTERVALS * usual : Number.POSITIVE_INFINITY;
    const interval = Math.min(most, tsUs - (s[at.LAST_TS_US] ?? 0));
    s[at.INTERVAL_US] = usual + (interval - usual) / readings;
  }
  now.repeats = count > 0 && now.value === s[at.LAST_VALUE];
  now.hourKnown = hourKnown(s[at.FIRST_TS_US] ?? 0, tsUs);
  const off = (s[at.INTERVAL_US] ?? 0) - (s[at.PACE_US] ?? 0);
  const step = PACE_SHARE * (s[at.PACE_US] ?? 0);
  const changed = off > step || off < -step;
  if (changed) s[at.PACE_US] = s[at.INTERVAL_US] ?? 0;
  return changed;
}

function learn(state: at.SeriesState): void {
  const s = state.numbers;
  const count = s[at.COUNT] ?? 0;
  learnExpectation(state, now);
  learnChannels(state, now);
  const isFarOut = combined.magnitude >= (s[at.ALARM_DECADES] ?? 0) + DOUBT_DECADES;
  // what is kept quiet does not count among the usual: something else as large is told as before
  combined.again = now.marked && (now.quiet || isBeyondDoubtAfter(s, isFarOut) || inEvent(s));
  if (count >= RULE_READINGS) {
    learnCombined(state, raw, combined);
    learnUsualNull(s, combined.nullDecades);
  }
  learnPlace(state, now.value, now.deviation);
  if (acceptAfter(s, now.marked)) {
    acceptLevel(state);
    acceptChannels(state);
  }
  s[at.COUNT] = count + 1;
  s[at.LAST_TS_US] = now.tsUs;
  s[at.LAST_VALUE] = now.value;
}

/** The quantile that a share of NULL_SHARE_MAX exceeds, by stochastic approximation (Robbins & Monro 1951). */
function learnUsualNull(s: Float64Array, decades: number): void {
  const usual = s[at.USUAL_NULL] ?? 0;
  s[at.USUAL_NULL] = usual + NULL_STEP * ((decades > usual ? 1 : 0) - NULL_SHARE_MAX);
}
