import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, PackFault } from './bytes.ts';
import {
  packStamps,
  packSteps,
  packValues,
  unpackStamps,
  unpackSteps,
  unpackValues,
} from './pack.ts';

type Pack = (out: ByteWriter, column: readonly number[]) => void;
type Unpack = (reader: ByteReader, count: number) => ArrayLike<number>;

function roundTrip(column: readonly number[], pack: Pack, unpack: Unpack): number[] {
  const out = new ByteWriter(1);
  pack(out, column);
  const reader = new ByteReader(out.finish());
  const back = Array.from(unpack(reader, column.length));
  reader.end();
  return back;
}

function sizeOf(column: readonly number[], pack: Pack): number {
  const out = new ByteWriter();
  pack(out, column);
  return out.length;
}

describe('packed columns', () => {
  test('stamps come back, in any order and at any distance', () => {
    const stamp = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(
      fc.property(fc.array(stamp), (tsUs) => {
        expect(roundTrip(tsUs, packStamps, unpackStamps)).toEqual(tsUs);
      }),
    );
  });

  test('values come back to the last bit', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer().map((scaled) => scaled / 1000),
      fc.constantFrom(-0, 0, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(roundTrip(values, packValues, unpackValues)).toEqual(values);
      }),
    );
  });

  test('a few values that are no decimals among many that are cost a few bytes each, wherever they stand', () => {
    const awkward = fc.array(fc.tuple(fc.nat(999), fc.double()), { maxLength: 100 });
    const decimals = Array.from({ length: 1_000 }, (_, row) => 69 + ((row * 37) % 1_000) / 1_000);
    fc.assert(
      fc.property(awkward, (patches) => {
        const values = [...decimals];
        for (const [row, value] of patches) values[row] = value;
        expect(roundTrip(values, packValues, unpackValues)).toEqual(values);
        expect(sizeOf(values, packValues)).toBeLessThan(2_020 + patches.length * 12);
      }),
      { examples: [[[]], [[[0, 0.1 + 0.2]]], [[[999, Number.NaN]]]] },
    );
  });

  test('scores come back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_535 })), (steps) => {
        expect(roundTrip(steps, packSteps, unpackSteps)).toEqual(steps);
      }),
    );
  });

  test('a regular series costs next to nothing for its stamps, and two bytes a value of two decimals', () => {
    const tsUs = Array.from({ length: 1000 }, (_, row) => 1.7e15 + row * 1e6);
    const values = Array.from(
      { length: 1000 },
      (_, row) => Math.round(2000 + 50 * Math.sin(row)) / 100,
    );
    expect(sizeOf(tsUs, packStamps)).toBeLessThan(32);
    expect(sizeOf(values, packValues)).toBeLessThan(2_020);
  });

  test('bytes that are cut or changed raise a PackFault or give some column, and never hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2_000_000), (bytes, count) => {
        for (const unpack of [unpackStamps, unpackValues, unpackSteps]) {
          try {
            expect(unpack(new ByteReader(bytes), count).length).toBe(count);
          } catch (error) {
            expect(error).toBeInstanceOf(PackFault);
          }
        }
      }),
    );
  });
});

describe('bytes', () => {
  test('integers, numbers and text come back', () => {
    const integer = fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 });
    fc.assert(
      fc.property(integer, fc.double(), fc.string({ unit: 'grapheme' }), (a, b, c) => {
        const out = new ByteWriter(1);
        out.zigzag(a);
        out.varint(Math.abs(a));
        out.float64(b);
        out.text(c);
        const reader = new ByteReader(out.finish());
        expect([reader.zigzag(), reader.varint(), reader.float64(), reader.text()]).toEqual([
          a === 0 ? 0 : a,
          Math.abs(a),
          b,
          c,
        ]);
        reader.end();
      }),
    );
  });

  test('a reader refuses what goes on too long', () => {
    expect(() => new ByteReader(new Uint8Array(9).fill(0x80)).varint()).toThrow(PackFault);
    expect(() => new ByteReader(new Uint8Array(1)).end()).toThrow(PackFault);
  });
});
