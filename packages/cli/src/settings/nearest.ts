/** The valid name that a mistaken one was probably meant to be. */

/** A name is suggested only within this distance: a third of its length, at least 2. */
const ALLOWED_SHARE = 1 / 3;

/** @returns the candidate of the smallest edit distance, or undefined where none is near. O(candidates · length²) */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length * ALLOWED_SHARE)) + 1;
  for (const candidate of candidates) {
    const distance = levenshtein(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** @returns `; did you mean "x"?`, or the names there are where none is near */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return near === undefined ? `there are ${candidates.join(', ')}` : `did you mean "${near}"?`;
}

/** @returns insertions, deletions and replacements that turn `a` into `b` (Levenshtein 1966; two rows of Wagner & Fischer) */
export function levenshtein(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (above[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}
