/**
 * Errors of the world, as opposed to bugs of ours (assert.ts).
 *
 * Each says which operation failed, what a person can do about it (`hint`), and whether trying again may help. That last
 * property is decided where the error is thrown, never guessed by the one who catches it.
 */

export interface FaultDetail {
  /** the operation that failed: `outbox.open`, `uplink.send` */
  readonly op: string;
  /** what the reader of the message can do */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly retryable?: boolean;
}

export class Fault extends Error {
  override name = 'Fault';
  readonly op: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor(message: string, detail: FaultDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.op = detail.op;
    this.hint = detail.hint;
    this.retryable = detail.retryable ?? false;
  }
}

/** A mistake in what a person gave us: a flag, a file, a configuration. The program prints it in one line and exits with 2. */
export class UsageFault extends Fault {
  override name = 'UsageFault';
}

/** @returns the error code of the operating system or of Node (`ENOSPC`, `EADDRINUSE`), where `error` carries one */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** @returns what happened and what to do about it, as sentences */
export function faultWords({ message, hint }: Fault): string {
  return hint === undefined ? message : `${message.replace(/\.$/, '')}. ${hint}`;
}

/** @returns the message of whatever was thrown */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
