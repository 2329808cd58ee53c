/**
 * Server-sent events out of a byte stream, as the HTML standard defines them (§ 9.2.6, "Interpreting an event stream").
 * The browser's own EventSource cannot resume from a given event when the address changes, nor tell a dead line from a
 * quiet one; reading the stream ourselves can do both.
 */

export interface ServerEvent {
  /** the last id seen, on this event or before it */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Takes the text as it comes, cut anywhere; hands out whole events. */
export class EventParser {
  #line: string[] = [];
  #endedByReturn = false;
  #id = '';
  #event = '';
  #data: string[] = [];

  /** @returns the events that `text` completes. O(length of text): a long line is not rescanned. */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    let start = this.#endedByReturn && text.startsWith('\n') ? 1 : 0;
    if (text !== '') this.#endedByReturn = false;
    for (;;) {
      const end = lineEnd(text, start);
      if (end < 0) break;
      this.#line.push(text.slice(start, end));
      this.#take(this.#line.join(''), events);
      this.#line = [];
      const isReturn = text[end] === '\r';
      this.#endedByReturn = isReturn && end + 1 === text.length;
      start = isReturn && text[end + 1] === '\n' ? end + 2 : end + 1;
    }
    if (start < text.length) this.#line.push(text.slice(start));
    return events;
  }

  #take(line: string, events: ServerEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0) {
        events.push({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
      }
      this.#event = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  const before = feed < 0 ? text : text.slice(from, feed);
  const back = before.indexOf('\r', feed < 0 ? from : 0);
  if (back < 0) return feed;
  return feed < 0 ? back : from + back;
}

/**
 * @param heard called on every piece, comments too, when its events have been taken: a sign of life
 * @throws what the stream throws when it breaks
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
      heard();
    }
  } finally {
    reader.releaseLock();
  }
}
