/**
 * The kinds of anomalies: a word, a sentence, and a shape of their own, so that none is told by colour alone. The shapes
 * are drawn in a square of 12 by 12, on canvas and as SVG from the same path.
 */
import type { KindName } from '@fernsight/wire';

export type AnomalyKind = Exclude<KindName, 'none'>;

interface KindSign {
  readonly word: string;
  readonly meaning: string;
  readonly path: string;
}

export const KINDS: Readonly<Record<AnomalyKind, KindSign>> = {
  spike: { word: 'Spike', meaning: 'a single value far off', path: 'M6 1 11 11H1Z' },
  drift: { word: 'Drift', meaning: 'moves away slowly', path: 'M1 11V8L8 1h3v3L4 11Z' },
  dropout: { word: 'Dropout', meaning: 'falls to nothing', path: 'M6 11 1 1H11Z' },
  stuck: { word: 'Stuck', meaning: 'repeats one value', path: 'M1 4H11V8H1Z' },
  shift: { word: 'Shift', meaning: 'jumps to another level', path: 'M1 11V7H5V1H11V5H8V11Z' },
  noise: {
    word: 'Noise',
    meaning: 'scatters more or less than it did',
    path: 'M1 1H4V11H1ZM8 1H11V11H8ZM4.5 4H7.5V8H4.5Z',
  },
  joint: { word: 'Joint', meaning: 'sensors no longer agree', path: 'M6 .5 11.5 6 6 11.5 .5 6Z' },
};

/** Their order in lists and choices. */
export const KIND_NAMES: readonly AnomalyKind[] = [
  'spike',
  'drift',
  'shift',
  'noise',
  'stuck',
  'dropout',
  'joint',
];

export function isKind(text: string): text is AnomalyKind {
  return Object.hasOwn(KINDS, text);
}
