/**
 * Receipts by Idempotency-Key. A reading without a stamp gets the time of its receipt; when its sender, unsure of the
 * answer, sends it again with the same key, it gets the same receipt, hence the same stamp, and is a repeat (I4). The
 * newest are in memory; all of them are in the store, where each is written with the readings that it stamps.
 */
import { createHash } from 'node:crypto';
import { IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_US } from '../limits.ts';
import type { Desk } from '../stream/desk.ts';
import type { WriterCalls } from '../stream/writer.ts';
import type { Receipt } from './parcel.ts';
import { RequestFault } from './requestFault.ts';

export class Receipts {
  readonly #writer: Desk<WriterCalls>;
  /** by hash, oldest first */
  readonly #receipts = new Map<string, number>();

  constructor(writer: Desk<WriterCalls>) {
    this.#writer = writer;
  }

  /**
   * @param sender whose key it is: two senders may use the same
   * @returns the receipt to reckon with: that of the first request of the key within a day
   * @throws RequestFault for a key that is empty or too long
   */
  async receiptOf(key: string, sender: string, receivedUs: number): Promise<Receipt> {
    // one that every request shares would stamp a day's readings alike
    if (key === '' || key.length > IDEMPOTENCY_KEY_LENGTH_MAX) {
      throw new RequestFault(
        400,
        `an Idempotency-Key has 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} characters`,
      );
    }
    const hash = createHash('sha256').update(`${sender}\n${key}`).digest('base64url').slice(0, 22);
    const sinceUs = receivedUs - IDEMPOTENCY_US;
    this.#forget(sinceUs);
    const stored = this.#receipts.has(hash)
      ? null
      : await this.#writer.ask('receipt', { key: hash });
    const valid = stored !== null && stored >= sinceUs ? stored : receivedUs;
    const first = this.#receipts.get(hash) ?? valid;
    this.#receipts.set(hash, first);
    return { key: hash, receivedUs: first };
  }

  /** Drops what is too old, and the oldest beyond the bound. */
  #forget(beforeUs: number): void {
    for (const [key, receivedUs] of this.#receipts) {
      if (receivedUs >= beforeUs && this.#receipts.size < IDEMPOTENCY_KEYS_MAX) return;
      this.#receipts.delete(key);
    }
  }
}
