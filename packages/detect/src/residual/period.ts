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

export function initPeriod(s: Float64Array): void {
  s[DECIMATION] = 1;
}

/**
 * Takes a reading and goes on with the search.
 * @param points of the series, length POINTS
 * @param value the reading less its level, in deviations, cut at ±3
 * @returns the period found, in readings, when a search just ended with one; else 0. O(POINTS)
 */
export function learnPeriod(s: Float64Array, points: Int16Array, value: number): number {
  const decimation = s[DECIMATION] ?? 1;
  const sum = (s[SUM] ?? 0) + value;
  const sumCount = (s[SUM_COUNT] ?? 0) + 1;
  if (sumCount < decimation) {
    s[SUM] = sum;
    s[SUM_COUNT] = sumCount;
  } else {
    const count = s[COUNT] ?? 0;
    points[count] = Math.round((sum / decimation) * POINT_GRID);
    s[COUNT] = count + 1;
    s[SUM] = 0;
    s[SUM_COUNT] = 0;
    if (count + 1 === SEARCHED) startSearch(s, points);
  }
  if ((s[LAG] ?? 0) > 0) searchOn(s, points);
  if ((s[COUNT] ?? 0) < POINTS) return 0;
  const found = (s[BEST_LAG] ?? 0) * decimation;
  halvePoints(s, points);
  return found;
}

/** @returns the points there are; they end at the reading learnt last */
export function pointCount(s: Float64Array): number {
  return s[COUNT] ?? 0;
}

/** @returns readings a point */
export function pointReadings(s: Float64Array): number {
  return s[DECIMATION] ?? 1;
}

function startSearch(s: Float64Array, points: Int16Array): void {
  let mean = 0;
  for (let i = 0; i < SEARCHED; i += 1) mean += points[i] ?? 0;
  mean /= SEARCHED;
  let power = 0;
  for (let i = 0; i < SEARCHED; i += 1) {
    const distance = (points[i] ?? 0) - mean;
    power += distance * distance;
  }
  s.fill(0, LOBE_HIGH, PERIOD_LENGTH);
  s[MEAN] = mean;
  s[POWER] = power / SEARCHED;
  s[LAG] = power > 0 ? LAG_MIN : 0;
}

/** The search takes as long as the points left to fill, at most one lag a reading from a decimation of 4 on. */
function searchOn(s: Float64Array, points: Int16Array): void {
  const spread = (POINTS - SEARCHED) * (s[DECIMATION] ?? 1);
  const lags = spread < LAG_MAX ? LAG_MAX / spread : 1;
  for (let i = 0; i < lags; i += 1) {
    const lag = s[LAG] ?? 0;
    if (lag === 0) return;
    weighLag(s, correlation(s, points));
    s[LAG] = lag < LAG_MAX ? lag + 1 : 0;
  }
  if (s[LAG] === 0) endLobe(s);
}

function correlation(s: Float64Array, points: Int16Array): number {
  const lag = s[LAG] ?? 0;
  const mean = s[MEAN] ?? 0;
  const count = SEARCHED - lag;
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    sum += ((points[i] ?? 0) - mean) * ((points[i + lag] ?? 0) - mean);
  }
  return sum / count / (s[POWER] ?? 1);
}

function weighLag(s: Float64Array, correlated: number): void {
  if (correlated <= 0) {
    endLobe(s);
    s[NEGATIVE] = 1;
    return;
  }
  if (s[NEGATIVE] !== 1) return;
  const weight = correlated * correlated;
  s[LOBE_MOMENT] = (s[LOBE_MOMENT] ?? 0) + weight * (s[LAG] ?? 0);
  s[LOBE_WEIGHT] = (s[LOBE_WEIGHT] ?? 0) + weight;
  if (correlated > (s[LOBE_HIGH] ?? 0)) s[LOBE_HIGH] = correlated;
}

function endLobe(s: Float64Array): void {
  const high = s[LOBE_HIGH] ?? 0;
  if (high === 0) return;
  const lag = (s[LOBE_MOMENT] ?? 0) / (s[LOBE_WEIGHT] ?? 1);
  s.fill(0, LOBE_HIGH, LOBE_WEIGHT + 1);
  if (high < LOBE_MIN) return;
  const bestHigh = s[BEST_HIGH] ?? 0;
  const bestLag = s[BEST_LAG] ?? 0;
  const multiple = bestLag > 0 ? Math.round(lag / bestLag) : 0;
  if (
    multiple > 1 &&
    lag - multiple * bestLag < bestLag / 4 &&
    multiple * bestLag - lag < bestLag / 4
  ) {
    if (high > LEAD * bestHigh && lag * PERIODS_MIN < SEARCHED) {
      s[BEST_LAG] = lag;
      s[BEST_HIGH] = high;
    } else if (high > bestHigh * 0.7) {
      s[BEST_LAG] = lag / multiple;
    }
  } else if (lag * PERIODS_MIN < SEARCHED && high > LEAD * bestHigh) {
    s[BEST_LAG] = lag;
    s[BEST_HIGH] = high;
  }
}

function halvePoints(s: Float64Array, points: Int16Array): void {
  const half = POINTS / 2;
  if ((s[DECIMATION] ?? 1) < DECIMATION_MAX) {
    for (let i = 0; i < half; i += 1) {
      points[i] = Math.round(((points[2 * i] ?? 0) + (points[2 * i + 1] ?? 0)) / 2);
    }
    s[DECIMATION] = 2 * (s[DECIMATION] ?? 1);
  } else {
    points.copyWithin(0, half);
  }
  s[COUNT] = half;
}
