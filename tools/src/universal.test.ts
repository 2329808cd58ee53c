import { readFile } from 'node:fs/promises';
import { universalModel } from '@fernsight/detect';
import { expect, it } from 'vitest';
import { trainUniversal, universalPath, universalSource } from './universal.ts';

it('the universal forest is the one its training gives (else: node --conditions=source tools/src/universal.ts)', async () => {
  expect(await readFile(universalPath, 'utf8')).toBe(universalSource(trainUniversal()));
  expect(universalModel().sensorType).toBe('universal');
});
