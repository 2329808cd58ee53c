/** A model that cannot be trained, read or used as it is. The hint says what the person can do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** what was attempted, e.g. `forest.decode` */
  readonly op: string;
  /** the remedy, for the person who reads it */
  readonly hint: string;

  constructor(op: string, message: string, hint: string) {
    super(`${message} (${op}). ${hint}`);
    this.op = op;
    this.hint = hint;
  }
}
