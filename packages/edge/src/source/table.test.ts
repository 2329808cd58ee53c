import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pickColumns } from './columns.ts';
import { openTable } from './table.ts';

async function* pieces(...texts: (string | Uint8Array)[]) {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text;
}

async function read(bytes: AsyncIterable<Uint8Array>, skip?: number) {
  const table = await openTable(bytes, 'pump.csv');
  const rows: (readonly string[])[] = [];
  for await (const block of table.blocks(skip)) rows.push(...block.map(({ fields }) => fields));
  return { table, rows };
}

describe('a table', () => {
  it('is parted by the delimiter that parts its lines alike', async () => {
    for (const [text, delimiter] of [
      ['time,value\n2026-01-01 00:00:00,1.5\n', ','],
      ['time;a;b\n2026-01-01 00:00:00;1,5;2,5\n', ';'],
      ['time\tvalue\n1\t2\n', '\t'],
      ['time|value\n1|2\n', '|'],
      ['  6.3e+01  2\n  6.2e+01  3\n', 'blanks'],
      ['value\n1\n', ','],
    ] as const) {
      expect((await read(pieces(text))).table.delimiter, text).toBe(delimiter);
    }
  });

  it('is the same however its bytes are cut, plain or gzip', async () => {
    const text = 'time,wert\n1,2\n3,"4"\r\n\n5,6 °C';
    const expected = [
      ['1', '2'],
      ['3', '4'],
      ['5', '6 °C'],
    ];
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      for (let cut = 1; cut < bytes.length; cut++) {
        const { rows } = await read(pieces(bytes.subarray(0, cut), bytes.subarray(cut)));
        expect(rows).toEqual(expected);
      }
    }
  });

  it('loses no more than its own row to a broken quote', async () => {
    const { rows } = await read(pieces('a,b\n1,2\n3,"4\n5,6\n'));
    expect(rows).toEqual([['1', '2'], [], ['5', '6']]);
  });

  it('goes on after the rows that are skipped', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `${index},${index}\n`);
    const { rows } = await read(pieces('a,b\n', ...lines), 700);
    expect(rows.length).toBe(300);
    expect(rows[0]).toEqual(['700', '700']);
  });

  it('without a header has columns by number, and keeps its first row', async () => {
    const { table, rows } = await read(pieces('2026-01-01,5\n2026-01-02,6\n'));
    expect(table.header).toEqual(['column1', 'column2']);
    expect(rows.length).toBe(2);
  });

  it('that is empty, no text or cut short is refused with its name', async () => {
    await expect(read(pieces())).rejects.toThrow('pump.csv is empty');
    await expect(read(pieces('\n \n'))).rejects.toThrow('pump.csv is empty');
    await expect(read(pieces('PK\u0003\u0004\n'))).rejects.toThrow('pump.csv is not text');
    await expect(read(pieces(new Uint8Array([0x74, 0xfc, 0x0a])))).rejects.toThrow('is not text');
    const cut = gzipSync('a,b\n1,2\n'.repeat(1000)).subarray(0, -8);
    await expect(read(pieces(cut))).rejects.toThrow('cannot read pump.csv');
  });

  it('whose line has no end gives a row without fields instead of filling the memory', async () => {
    const { rows } = await read(
      pieces('a,b\n', 'x'.repeat(200_000), 'x'.repeat(200_000), '\n1,2\n'),
    );
    expect(rows).toEqual([[], ['1', '2']]);
  });
});

describe('columns', () => {
  const open = (text: string) => openTable(pieces(text), 'pump.csv');

  it('are found where it is plain which are meant', async () => {
    expect(pickColumns(await open('timestamp,value\n2026-01-01,1\n'), {})).toEqual({
      time: 0,
      values: [{ name: 'value', index: 1 }],
    });
    expect(pickColumns(await open('when,load\n2026-01-01 10:00,1\n'), {}).values[0]?.name).toBe(
      'load',
    );
    expect(pickColumns(await open('1.5\n1.6\n'), {})).toEqual({
      time: undefined,
      values: [{ name: 'column1', index: 0 }],
    });
  });

  it('that are missing or doubtful are asked for, with the names there are', async () => {
    const table = await open('datetime,a,b\n2026-01-01,1,2\n');
    expect(() => pickColumns(table, { values: ['c'] })).toThrow('pump.csv has no column "c"');
    expect(() => pickColumns(table, {})).toThrow('which column holds the values?');
    expect(pickColumns(table, { values: ['a', 'b'] }).values.length).toBe(2);
    expect(() => pickColumns(table, { values: ['a', 'a'] })).toThrow('"a" is asked for twice');
    const doubled = await open('time,value,value\n1,2,3\n');
    expect(() => pickColumns(doubled, {})).toThrow('pump.csv has two columns "value"');
  });
});
