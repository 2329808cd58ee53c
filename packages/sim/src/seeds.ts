/** The seeds that ever failed, from `seeds.txt`: each is a history that is run again with every test. */
import { readFileSync } from 'node:fs';
import type { Wanted } from './plan/config.ts';

export interface FailedSeed extends Wanted {
  readonly why: string;
}

/** @returns one for each line `seed hours agents why`; a hash begins a remark */
export function readSeeds(): FailedSeed[] {
  const text = readFileSync(new URL('../seeds.txt', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [seed, hours, agents, ...why] = line.split(' ');
    return { seed: Number(seed), hours: Number(hours), agents: Number(agents), why: why.join(' ') };
  });
}
