/**
 * exp, exp2 and log from + − × ÷ alone.
 *
 * `Math.exp`, `Math.log` and `Math.pow` may differ in the last bit between engines and versions
 * (ECMA-262 leaves them implementation-approximated); the four operations and the square root may
 * not (IEEE 754). Whatever reaches a score or a verdict goes through here (I5). Errors stay below
 * one unit in the last place; the tests hold them to two.
 */

/** ln 2 in two parts: the first has 21 trailing zero bits, so its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** Beyond these arguments the result overflows to Infinity or vanishes below the least denormal. */
const EXPONENT_MAX = 1024;
const EXPONENT_MIN = -1075;

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** @returns e^x; Infinity above 709.78, 0 below −745.13, NaN for NaN. */
export function exp(x: number): number {
  if (!(x * Math.LOG2E < EXPONENT_MAX + 1)) return Number.isNaN(x) ? x : Infinity;
  if (x * Math.LOG2E < EXPONENT_MIN - 1) return 0;
  const exponent = Math.floor(x * Math.LOG2E + 0.5);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  return scale(expNearZero(rest), exponent);
}

/** @returns 2^x; Infinity from 1024, 0 below −1075, NaN for NaN. */
export function exp2(x: number): number {
  if (!(x < EXPONENT_MAX)) return Number.isNaN(x) ? x : Infinity;
  if (x < EXPONENT_MIN) return 0;
  const exponent = Math.floor(x + 0.5);
  return scale(expNearZero((x - exponent) * Math.LN2), exponent);
}

/** @returns ln x; −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let exponent = 0;
  let normal = x;
  if (x < 2.2250738585072014e-308) {
    normal = x * 18014398509481984; // 2^54 lifts a denormal into the normal range
    exponent = -54;
  }
  bits[0] = normal;
  const high = words[HIGH_WORD] ?? 0;
  exponent += (high >> 20) - 1023;
  words[HIGH_WORD] = (high & 0xfffff) | 0x3ff00000;
  let mantissa = bits[0] ?? 1;
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const f = mantissa - 1;
  const part = logOnePlus(f);
  return exponent * LN2_HIGH + (exponent * LN2_LOW + part);
}

/** e^r for |r| <= ln 2 / 2: Taylor to the 13th power; the remainder is below 5e-18. */
function expNearZero(r: number): number {
  let tail = 1 / 6227020800;
  tail = tail * r + 1 / 479001600;
  tail = tail * r + 1 / 39916800;
  tail = tail * r + 1 / 3628800;
  tail = tail * r + 1 / 362880;
  tail = tail * r + 1 / 40320;
  tail = tail * r + 1 / 5040;
  tail = tail * r + 1 / 720;
  tail = tail * r + 1 / 120;
  tail = tail * r + 1 / 24;
  tail = tail * r + 1 / 6;
  tail = tail * r + 0.5;
  return 1 + (r + r * r * tail);
}

/**
 * ln(1 + f) for 1 + f in [√½, √2]: with s = f / (2 + f), ln = 2 (s + s³/3 + s⁵/5 + …), written as
 * f − s (f − R) so that the leading term is exact. Eleven terms leave less than 1e-18.
 */
function logOnePlus(f: number): number {
  const s = f / (2 + f);
  const z = s * s;
  let series = 2 / 23;
  series = series * z + 2 / 21;
  series = series * z + 2 / 19;
  series = series * z + 2 / 17;
  series = series * z + 2 / 15;
  series = series * z + 2 / 13;
  series = series * z + 2 / 11;
  series = series * z + 2 / 9;
  series = series * z + 2 / 7;
  series = series * z + 2 / 5;
  series = series * z + 2 / 3;
  return f - s * (f - series * z);
}

/** value · 2^exponent for value in [0.5, 2]; in two steps where one factor would leave the range. */
function scale(value: number, exponent: number): number {
  if (exponent > 1023) return value * 2 * powerOfTwo(exponent - 1);
  if (exponent < -1022) return value * powerOfTwo(exponent + 60) * 8.673617379884035e-19; // 2^-60
  return value * powerOfTwo(exponent);
}

function powerOfTwo(exponent: number): number {
  bits[0] = 0;
  words[HIGH_WORD] = (exponent + 1023) << 20;
  return bits[0] ?? 1;
}
