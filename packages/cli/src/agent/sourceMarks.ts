/** Tells apart the sources of one agent that would go by one name: in the outbox, where positions are kept, or at a broker. */
import { crc32 } from 'node:zlib';

export class SourceMarks {
  readonly #taken = new Set<string>();

  /**
   * The first source of a place has no mark, so that an agent that had one and gets another goes on with its position
   * and its session. A further one is marked by what it takes there: the same after a restart, wherever it is listed.
   * @param place what both would be called by: a broker, a file
   * @param takes the topics or columns
   * @returns what is put behind a name: empty, or `-` and a few letters
   */
  markOf(place: string, takes: readonly string[]): string {
    const print = `-${crc32(JSON.stringify(takes.toSorted())).toString(36)}`;
    let mark = '';
    for (let copy = 1; this.#taken.has(place + mark); copy++) {
      mark = copy === 1 ? print : `${print}-${copy}`;
    }
    this.#taken.add(place + mark);
    return mark;
  }
}
