import { expect, it } from 'vitest';
import type { Fault } from '../plan/fault.ts';
import { simulate } from '../simulation.ts';

/** Both disks are full for a while; readings go on, an agent is killed meanwhile, and the cloud loses power. */
const FULL: readonly Fault[] = [
  { id: 0, atMs: 20_000, kind: 'diskFull', node: 'agent-1', forMs: 40_000 },
  { id: 1, atMs: 22_000, kind: 'flood', node: 'agent-1', rows: 300 },
  { id: 2, atMs: 35_000, kind: 'kill', node: 'agent-1', hasPower: true, awayMs: 2_000 },
  { id: 3, atMs: 70_000, kind: 'diskFull', node: 'cloud', forMs: 30_000 },
  { id: 4, atMs: 80_000, kind: 'kill', node: 'cloud', hasPower: false, awayMs: 2_000 },
];

it('a file system that is full stops nothing for good, and no promise is broken', async () => {
  const volumes = process.getuid?.() === 0;
  if (!volumes) console.info('not root: the full disk is a bound of pages, not a file system');
  const history = await simulate({ seed: 3, hours: 1 / 30, agents: 2, faults: FULL, volumes });
  expect(history.violations).toEqual([]);
  expect(history.happened.get('full disk of an agent')).toBeGreaterThan(0);
  expect(history.happened.get('full disk of the cloud')).toBeGreaterThan(0);
});
