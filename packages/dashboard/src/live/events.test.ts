import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser, type ServerEvent } from './events.ts';

function parse(...pieces: string[]): ServerEvent[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

describe('an event stream', () => {
  it('gives id, name and data of each event', () => {
    expect(parse('id: 7\nevent: fleet\ndata: {"a":1}\n\n')).toEqual([
      { id: '7', event: 'fleet', data: '{"a":1}' },
    ]);
  });

  it('keeps the id for events without one, and calls the nameless a message', () => {
    expect(parse('id: 7\ndata: a\n\ndata: b\n\n')).toEqual([
      { id: '7', event: 'message', data: 'a' },
      { id: '7', event: 'message', data: 'b' },
    ]);
  });

  it('joins data lines, drops one leading blank, passes over comments and unknown fields', () => {
    expect(parse(': here\nretry: 5\ndata:  a\ndata:b\ndata\n\n')).toEqual([
      { id: '', event: 'message', data: ' a\nb\n' },
    ]);
  });

  it('gives nothing for an event without data, nor for one that is not over', () => {
    expect(parse('event: fleet\n\ndata: half\n')).toEqual([]);
  });

  it('reads the same events however the stream is cut and its lines end', () => {
    const text =
      ': hi\nid: 1\nevent: reset\ndata: {"x":\ndata: 2}\n\nid: 2\ndata: é\n\n\ndata: z\n\n';
    const whole = parse(text);
    fc.assert(
      fc.property(
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.array(fc.nat(text.length * 2), { maxLength: 12 }),
        (lineBreak, cuts) => {
          const sent = text.replaceAll('\n', lineBreak);
          const edges = [0, ...cuts.filter((cut) => cut < sent.length).sort((a, b) => a - b)];
          const pieces = edges.map((edge, index) => sent.slice(edge, edges[index + 1]));
          expect(parse(...pieces)).toEqual(whole);
        },
      ),
    );
  });
});
