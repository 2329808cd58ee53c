import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { compileKernel, kernelPath, kernelSource } from './wasm.ts';

it('the kernel that is checked in is the one its source compiles to', async () => {
  const bytes = await compileKernel();
  expect(bytes.length).toBeLessThan(4096); // browsers compile no more at once on the main thread
  expect(await readFile(kernelPath, 'utf8')).toBe(kernelSource(bytes));
});
