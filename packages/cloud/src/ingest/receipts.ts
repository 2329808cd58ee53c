/**
 * Receipts by Idempotency-Key. A reading without a stamp gets the time of its receipt; when its sender, unsure of the
 * answer, sends it again with the same key, it gets the same receipt, hence the same stamp, and is a repeat (I4).
 */
import { IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_US } from '../limits.ts';
import { RequestFault } from './requestFault.ts';

export class Receipts {
  /** oldest first */
  readonly #receipts = new Map<string, number>();

  /** @returns the receipt to reckon with: that of the first request of the key. @throws RequestFault for a key too long */
  receiptOf(key: string | undefined, receivedUs: number): number {
    if (key === undefined) return receivedUs;
    if (key.length > IDEMPOTENCY_KEY_LENGTH_MAX) {
      throw new RequestFault(
        400,
        `an Idempotency-Key has at most ${IDEMPOTENCY_KEY_LENGTH_MAX} characters`,
      );
    }
    this.#forget(receivedUs - IDEMPOTENCY_US);
    const first = this.#receipts.get(key) ?? receivedUs;
    this.#receipts.set(key, first);
    return first;
  }

  /** Drops what is too old, and the oldest beyond the bound. */
  #forget(beforeUs: number): void {
    for (const [key, receivedUs] of this.#receipts) {
      if (receivedUs >= beforeUs && this.#receipts.size < IDEMPOTENCY_KEYS_MAX) return;
      this.#receipts.delete(key);
    }
  }
}
