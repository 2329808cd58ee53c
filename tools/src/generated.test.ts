import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VALIDATORS_FILE, writeValidators } from './validators.ts';

it("the agent's checks are those of today's schemas (else: node --conditions=source tools/src/validators.ts)", () => {
  expect(readFileSync(VALIDATORS_FILE, 'utf8')).toBe(writeValidators());
});
