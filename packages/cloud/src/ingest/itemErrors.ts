/** What of a request was not taken. The first are told one by one; of the rest it is told how many there were of each kind. */
import type { ItemError } from '@fernsight/wire';
import { ITEM_ERRORS_MAX } from '../limits.ts';

export class ItemErrors {
  readonly #told: ItemError[] = [];
  readonly #untold = new Map<ItemError['code'], number>();

  add(error: ItemError): void {
    if (this.#told.length < ITEM_ERRORS_MAX) this.#told.push(error);
    else this.#untold.set(error.code, (this.#untold.get(error.code) ?? 0) + 1);
  }

  /** @returns at most ITEM_ERRORS_MAX, and one more for each code of which there are others */
  list(): ItemError[] {
    const others = Array.from(
      this.#untold,
      ([code, count]): ItemError => ({ at: '', code, message: `${count} more like these` }),
    );
    return [...this.#told, ...others];
  }
}
