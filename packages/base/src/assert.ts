/** Assertions about our own code. A failed one is a bug of ours: it crashes, and nothing below `main` catches it. */

export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** @throws AssertionError when `condition` is false */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Ends a switch over a union: the compiler proves it is never reached, the program crashes if it is. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable value: ${JSON.stringify(value)}`);
}

/** @returns `value`, which must be there by our own reasoning, given in `why` */
export function must<T>(value: T | undefined | null, why: string): T {
  if (value === undefined || value === null) throw new AssertionError(`missing: ${why}`);
  return value;
}
