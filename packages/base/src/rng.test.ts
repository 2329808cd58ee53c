import { describe, expect, it } from 'vitest';
import { createRng } from './rng.ts';

describe('seeded chance', () => {
  it('draws the same for the same seed, and something else for another', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (rng) => () =>
            rng.next()
        )(createRng(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('keeps its first draws for ever', () => {
    const rng = createRng(42);
    expect([rng.next(), rng.next(), rng.below(1000)]).toMatchInlineSnapshot(`
      [
        0.048306571785360575,
        0.0010462068021297455,
        409,
      ]
    `);
  });

  it('forks by name: what one consumer draws never changes what another does', () => {
    const quiet = createRng(1);
    const busy = createRng(1);
    for (let round = 0; round < 100; round++) busy.next();
    expect(busy.fork('uplink').next()).toBe(quiet.fork('uplink').next());
    expect(quiet.fork('uplink').next()).not.toBe(quiet.fork('source').next());
  });

  it('has the moments of its distributions', () => {
    const rng = createRng(3);
    const rounds = 200_000;
    let sum = 0;
    let normalSum = 0;
    let normalSquares = 0;
    for (let round = 0; round < rounds; round++) {
      sum += rng.next();
      const normal = rng.normal();
      normalSum += normal;
      normalSquares += normal * normal;
    }
    expect(sum / rounds).toBeCloseTo(0.5, 2);
    expect(normalSum / rounds).toBeCloseTo(0, 2);
    expect(normalSquares / rounds).toBeCloseTo(1, 1);
  });
});
