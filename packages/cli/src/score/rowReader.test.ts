import { Readable } from 'node:stream';
import { ManualClock, US_PER_MINUTE, US_PER_SECOND } from '@fernsight/base';
import { openTable, pickColumns } from '@fernsight/edge';
import { expect, it } from 'vitest';
import { RowReader } from './rowReader.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;

it('asks the clock at each row, so that a pipe may live for longer than a stamp may be ahead', async () => {
  const clock = new ManualClock(START_US);
  const stamps = Array.from({ length: 10 }, (_, row) => START_US + row * US_PER_MINUTE);
  const lines = stamps.map((tsUs) => `${new Date(tsUs / 1000).toISOString()},1\n`);
  const table = await openTable(Readable.from([Buffer.from(`time,level\n${lines.join('')}`)]), 'a');
  const times = { intervalUs: US_PER_SECOND, nowUs: () => clock.nowUs() };
  const reader = new RowReader(table, pickColumns(table, {}), times);
  const states: string[] = [];
  for await (const rows of table.blocks()) {
    for (const row of rows) {
      states.push(reader.read(row));
      await clock.advance(60_000);
    }
  }
  expect(states).toEqual(stamps.map(() => 'valid'));
});
