/** A model that cannot be trained, read or used as it is. The hint says what the person can do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** what was attempted, e.g. `forest.decode` */
  readonly op: string;
  /** what is wrong, by itself: the message says all three */
  readonly reason: string;
  /** the remedy, for the person who reads it */
  readonly hint: string;

  constructor(op: string, reason: string, hint: string) {
    super(`${reason} (${op}). ${hint}`);
    this.op = op;
    this.reason = reason;
    this.hint = hint;
  }
}
