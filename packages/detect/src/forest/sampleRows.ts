/**
 * Rows and chance for the forest's own tests and benchmarks: small, seeded, the same everywhere.
 */

/** @returns uniform numbers in [0, 1): mulberry32 (T. Ettinger 2017, public domain) */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @returns rows around 0 whose features are roughly normal with deviation 1, row-major */
export function clusterRows(options: { count: number; width: number; seed: number }): Float64Array {
  const random = seededRandom(options.seed);
  return Float64Array.from({ length: options.count * options.width }, () => {
    let sum = -6;
    for (let term = 0; term < 12; term++) sum += random(); // Irwin-Hall: variance 12 / 12
    return sum;
  });
}
