/**
 * Compiles the forest's kernel from AssemblyScript to WebAssembly.
 *
 * The bytes are checked in as base64 in `packages/detect/src/generated/kernel.ts`, so that neither
 * the package nor its users need the compiler; a test compiles again and compares.
 *
 *     node --conditions=source tools/src/wasm.ts
 */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = relative(root, fileURLToPath(new URL('../kernel/forest.ts', import.meta.url)));
export const kernelPath = fileURLToPath(
  new URL('../../packages/detect/src/generated/kernel.ts', import.meta.url),
);

/** @returns the module's bytes. @throws Error with the compiler's output where it fails */
export async function compileKernel(): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  const flags = [
    '--runtime',
    'stub',
    '-O3',
    '--noAssert',
    '--importMemory',
    '--initialMemory',
    '1',
  ];
  const { error, stderr } = await main(
    [source, ...flags, '--baseDir', root, '--outFile', 'kernel.wasm'],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') bytes = Uint8Array.from(contents);
      },
    },
  );
  if (error !== null || bytes.length === 0) throw new Error(stderr.toString(), { cause: error });
  return bytes;
}

/** @returns the text of the generated file */
export function kernelSource(bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes).toString('base64');
  const lines = base64.match(/.{1,92}/g) ?? [];
  return [
    `/** Generated from ${source} by tools/src/wasm.ts: ${bytes.length} bytes. */`,
    'export const KERNEL =',
    `  '${lines.join("' +\n  '")}';`,
    '',
  ].join('\n');
}

if (import.meta.main) {
  const bytes = await compileKernel();
  await writeFile(kernelPath, kernelSource(bytes));
  process.stdout.write(`${relative(root, kernelPath)}: ${bytes.length} bytes\n`);
}
