/**
 * Where everything of a series lies in its one buffer: numbers, then float32 counts and tables, then 16-bit points,
 * then bytes. A snapshot is a copy of the buffer, so the order here is the format; STATE_VERSION guards it.
 */
import { TAIL_LENGTH } from './calibration/tail.ts';
import { DRIFT_LENGTH } from './channels/drift.ts';
import { HOUR_LENGTH } from './channels/hour.ts';
import { RANGE_LENGTH } from './channels/range.ts';
import { SMOOTHED_LENGTH } from './channels/smoothed.ts';
import { STUCK_LENGTH } from './channels/stuck.ts';
import { type WindowMemory, windowNumbers, windowPlaces } from './features/window.ts';
import { PERIOD_LENGTH, POINTS } from './residual/period.ts';
import { SEASON_BINS, SEASON_LENGTH } from './residual/season.ts';

/** Readings in the window behind the forest's features. */
export const WINDOW = 32;
/** One tail for each channel of evidence, one each for their rarity, their magnitude and the place; see calibration/. */
export const TAILS = 13;

/** readings judged */
export const COUNT = 0;
export const FIRST_TS_US = 1;
export const LAST_TS_US = 2;
/** usual distance of two stamps */
export const INTERVAL_US = 3;
export const LAST_VALUE = 4;
/** readings that level and spreads rest on: their rate is 1 over it */
export const LEARNT = 5;
export const LEVEL = 6;
/** change of the level a reading */
export const TREND = 7;
export const RESIDUAL_VARIANCE = 8;
/** residual of the last reading, cut */
export const LAST_RESIDUAL = 9;
/** mean product of a residual with the one before */
export const LAG_PRODUCT = 10;
export const INNOVATION_VARIANCE = 11;
/** variance about the level, season not removed */
export const LEVEL_VARIANCE = 12;
/** 1 while the season is applied */
export const IN_SEASON = 13;
/** marked readings less unmarked ones, at least 0 */
export const STREAK = 14;
/** readings since the last news, and its decades */
export const NEWS_AGE = 15;
export const NEWS_DECADES = 16;
/** whether an alarm stands, see episode.ts; quiet readings in it */
export const ALARM = 17;
export const ALARM_QUIET = 18;
/** readings that the tails count, and log10 of two more than that */
export const TAIL_COUNT = 19;
export const TAIL_DECADES = 20;
/** the interval that mark and alarm are reckoned for: it follows INTERVAL_US in steps */
export const PACE_US = 21;
/** mean of the whole past, and the fixed unit of distances from it */
export const PLACE = 22;
export const PLACE_UNIT = 23;

/** stamp at which the event began, and readings since its last mark */
export const ONSET_US = 24;
export const UNMARKED = 25;
/** the null's decades that few readings of this series exceed */
export const USUAL_NULL = 26;
/** mark and alarm at PACE_US, in decades: of the options too, so reckoned anew where a judge is restored */
export const MARK_DECADES = 27;
export const ALARM_DECADES = 28;

/** share of zeros, without those that were marked */
export const ZERO_SHARE = 29;

export const DRIFT = 30;
export const SHIFT = DRIFT + DRIFT_LENGTH;
export const NOISE = SHIFT + SMOOTHED_LENGTH;
export const QUIET = NOISE + SMOOTHED_LENGTH;
export const FOREST = QUIET + SMOOTHED_LENGTH;
export const RANGE = FOREST + SMOOTHED_LENGTH;
export const STUCK = RANGE + RANGE_LENGTH;
export const SEASON = STUCK + STUCK_LENGTH;
export const PERIOD = SEASON + SEASON_LENGTH;
const WINDOW_AT = PERIOD + PERIOD_LENGTH;
const NUMBERS = WINDOW_AT + windowNumbers(WINDOW);

const FLOATS = TAILS * TAIL_LENGTH + SEASON_BINS + HOUR_LENGTH;
const PLACES = 8 * Math.ceil(windowPlaces(WINDOW) / 8);
const FLOATS_AT = 8 * NUMBERS;
const POINTS_AT = FLOATS_AT + 4 * FLOATS;
const PLACES_AT = POINTS_AT + 2 * POINTS;

/** Bytes of a series' state, its time of day (288 bytes) included. */
export const SERIES_BYTES = PLACES_AT + PLACES;

/** The views on a series' buffer: few, for each is an object that judging has to fetch. */
export class SeriesState {
  readonly buffer: ArrayBuffer;
  readonly numbers: Float64Array;
  readonly tails: Float32Array;
  readonly bins: Float32Array;
  readonly hours: Float32Array;
  readonly points: Int16Array;

  /** @param buffer SERIES_BYTES long */
  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.numbers = new Float64Array(buffer, 0, WINDOW_AT);
    const tails = TAILS * TAIL_LENGTH;
    this.tails = new Float32Array(buffer, FLOATS_AT, tails);
    this.bins = new Float32Array(buffer, FLOATS_AT + 4 * tails, SEASON_BINS);
    this.hours = new Float32Array(buffer, FLOATS_AT + 4 * (tails + SEASON_BINS), HOUR_LENGTH);
    this.points = new Int16Array(buffer, POINTS_AT, POINTS);
  }

  /** @returns new views on the part that a forest's window keeps */
  window(): WindowMemory {
    return {
      numbers: new Float64Array(this.buffer, 8 * WINDOW_AT, windowNumbers(WINDOW)),
      places: new Uint8Array(this.buffer, PLACES_AT, windowPlaces(WINDOW)),
    };
  }
}
