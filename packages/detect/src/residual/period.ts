/**
 * Finds the period of a series online.
 *
 * Readings go into at most POINTS points, each the mean of `decimation` readings. When SEARCHED of them are there, their
 * autocorrelation is computed a few lags a reading while the rest of the points fill; then pairs are averaged, the
 * decimation doubles, and the same space holds twice the time. A period is the middle of a lobe: a run of lags with
 * positive autocorrelation after it has once been negative. The highest lobe wins, a longer one only by a clear lead,
 * and its multiples within the lags sharpen it. Noise makes lobes too: one below LOBE_MIN is ambiguous and rejected,
 * and what passes is still only a candidate until Season has seen it help (see season.ts).
 */

export const POINTS = 512;
/** A point is a 16-bit integer in this part of a deviation; values are cut at three deviations. */
export const POINT_GRID = 8192;
const SEARCHED = 448;
const LAG_MIN = 3;
const LAG_MAX = 256;
/** A period must fit into the searched points this often: two could be chance. */
const PERIODS_MIN = 2.5;
/** Five standard errors of the autocorrelation of white noise over SEARCHED points. */
const LOBE_MIN = 0.25;
/** A longer period must explain this much more than the shorter one, whose multiple it may be. */
const LEAD = 1.15;
const DECIMATION_MAX = 64;

const COUNT = 0;
const DECIMATION = 1;
const SUM = 2;
const SUM_COUNT = 3;
const LAG = 4;
const MEAN = 5;
const POWER = 6;
/** of the lobe under way: highest, moment of the squares, sum of the squares; 0 where none is */
const LOBE_HIGH = 7;
const LOBE_MOMENT = 8;
const LOBE_WEIGHT = 9;
/** 1 once the autocorrelation was negative */
const NEGATIVE = 10;
const BEST_HIGH = 11;
const BEST_LAG = 12;
export const PERIOD_LENGTH = 13;

export function initPeriod(s: Float64Array, at: number): void {
  s[at + DECIMATION] = 1;
}

/**
 * Takes a reading and goes on with the search.
 * @param points of the series, length POINTS
 * @param value the reading less its level, in deviations, cut at ±3
 * @returns the period found, in readings, when a search just ended with one; else 0. O(POINTS)
 */
export function learnPeriod(
  s: Float64Array,
  at: number,
  points: Int16Array,
  value: number,
): number {
  const decimation = s[at + DECIMATION] ?? 1;
  const sum = (s[at + SUM] ?? 0) + value;
  const sumCount = (s[at + SUM_COUNT] ?? 0) + 1;
  if (sumCount < decimation) {
    s[at + SUM] = sum;
    s[at + SUM_COUNT] = sumCount;
  } else {
    const count = s[at + COUNT] ?? 0;
    points[count] = Math.round((sum / decimation) * POINT_GRID);
    s[at + COUNT] = count + 1;
    s[at + SUM] = 0;
    s[at + SUM_COUNT] = 0;
    if (count + 1 === SEARCHED) startSearch(s, at, points);
  }
  if ((s[at + LAG] ?? 0) > 0) searchOn(s, at, points);
  if ((s[at + COUNT] ?? 0) < POINTS) return 0;
  const found = (s[at + BEST_LAG] ?? 0) * decimation;
  halvePoints(s, at, points);
  return found;
}

/** @returns the points there are; they end at the reading learnt last */
export function pointCount(s: Float64Array, at: number): number {
  return s[at + COUNT] ?? 0;
}

/** @returns readings a point */
export function pointReadings(s: Float64Array, at: number): number {
  return s[at + DECIMATION] ?? 1;
}

function startSearch(s: Float64Array, at: number, points: Int16Array): void {
  let mean = 0;
  for (let i = 0; i < SEARCHED; i += 1) mean += points[i] ?? 0;
  mean /= SEARCHED;
  let power = 0;
  for (let i = 0; i < SEARCHED; i += 1) {
    const distance = (points[i] ?? 0) - mean;
    power += distance * distance;
  }
  s.fill(0, at + LOBE_HIGH, at + PERIOD_LENGTH);
  s[at + MEAN] = mean;
  s[at + POWER] = power / SEARCHED;
  s[at + LAG] = power > 0 ? LAG_MIN : 0;
}

/** The search takes as long as the points left to fill, at most one lag a reading from a decimation of 4 on. */
function searchOn(s: Float64Array, at: number, points: Int16Array): void {
  const spread = (POINTS - SEARCHED) * (s[at + DECIMATION] ?? 1);
  const lags = spread < LAG_MAX ? LAG_MAX / spread : 1;
  for (let i = 0; i < lags; i += 1) {
    const lag = s[at + LAG] ?? 0;
    if (lag === 0) return;
    weighLag(s, at, correlation(s, at, points));
    s[at + LAG] = lag < LAG_MAX ? lag + 1 : 0;
  }
  if (s[at + LAG] === 0) endLobe(s, at);
}

function correlation(s: Float64Array, at: number, points: Int16Array): number {
  const lag = s[at + LAG] ?? 0;
  const mean = s[at + MEAN] ?? 0;
  const count = SEARCHED - lag;
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    sum += ((points[i] ?? 0) - mean) * ((points[i + lag] ?? 0) - mean);
  }
  return sum / count / (s[at + POWER] ?? 1);
}

function weighLag(s: Float64Array, at: number, correlated: number): void {
  if (correlated <= 0) {
    endLobe(s, at);
    s[at + NEGATIVE] = 1;
    return;
  }
  if (s[at + NEGATIVE] !== 1) return;
  const weight = correlated * correlated;
  s[at + LOBE_MOMENT] = (s[at + LOBE_MOMENT] ?? 0) + weight * (s[at + LAG] ?? 0);
  s[at + LOBE_WEIGHT] = (s[at + LOBE_WEIGHT] ?? 0) + weight;
  if (correlated > (s[at + LOBE_HIGH] ?? 0)) s[at + LOBE_HIGH] = correlated;
}

function endLobe(s: Float64Array, at: number): void {
  const high = s[at + LOBE_HIGH] ?? 0;
  if (high === 0) return;
  const lag = (s[at + LOBE_MOMENT] ?? 0) / (s[at + LOBE_WEIGHT] ?? 1);
  s.fill(0, at + LOBE_HIGH, at + LOBE_WEIGHT + 1);
  if (high < LOBE_MIN) return;
  const bestHigh = s[at + BEST_HIGH] ?? 0;
  const bestLag = s[at + BEST_LAG] ?? 0;
  const multiple = bestLag > 0 ? Math.round(lag / bestLag) : 0;
  if (
    multiple > 1 &&
    lag - multiple * bestLag < bestLag / 4 &&
    multiple * bestLag - lag < bestLag / 4
  ) {
    if (high > LEAD * bestHigh && lag * PERIODS_MIN < SEARCHED) {
      s[at + BEST_LAG] = lag;
      s[at + BEST_HIGH] = high;
    } else if (high > bestHigh * 0.7) {
      s[at + BEST_LAG] = lag / multiple;
    }
  } else if (lag * PERIODS_MIN < SEARCHED && high > LEAD * bestHigh) {
    s[at + BEST_LAG] = lag;
    s[at + BEST_HIGH] = high;
  }
}

function halvePoints(s: Float64Array, at: number, points: Int16Array): void {
  const half = POINTS / 2;
  if ((s[at + DECIMATION] ?? 1) < DECIMATION_MAX) {
    for (let i = 0; i < half; i += 1) {
      points[i] = Math.round(((points[2 * i] ?? 0) + (points[2 * i + 1] ?? 0)) / 2);
    }
    s[at + DECIMATION] = 2 * (s[at + DECIMATION] ?? 1);
  } else {
    points.copyWithin(0, half);
  }
  s[at + COUNT] = half;
}
