/** The evidence that a verdict weighed, in words: channels that look at the same thing at other lengths are one. */

const WORDS: Readonly<Record<string, string>> = {
  spike: 'off the expected value',
  drift: 'keeps moving one way',
  shift: 'on another level',
  range: 'wider swings',
  variance: 'scatters otherwise',
  stuck: 'repeats itself',
  dropout: 'fell away',
  'time of day': 'unusual for the hour',
  forest: 'unusual pattern',
  joint: 'disagrees with the others',
  patch: 'unlike any stretch before',
  rule: 'against a fixed rule',
};

/** A share below this weighed nothing. */
const SHARE_MIN = 0.05;

/** @returns the heaviest first, each with its share; a channel of a newer server keeps its own name */
export function evidenceWords(channels: readonly (readonly [string, number])[]): string[] {
  const shares = new Map<string, number>();
  for (const [channel, share] of channels) {
    const words = WORDS[channel] ?? channel;
    shares.set(words, (shares.get(words) ?? 0) + share);
  }
  return [...shares]
    .filter(([, share]) => share >= SHARE_MIN)
    .sort(([, a], [, b]) => b - a)
    .map(([words, share]) => `${words} ${Math.round(share * 100)} %`);
}
