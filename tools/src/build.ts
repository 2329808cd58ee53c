/**
 * Compiles every published package to `dist` (JavaScript and types) and checks that what npm would publish can be
 * imported: the clone runs the sources, everybody else runs this.
 *
 * The detectors become one module an entry, with constants in place of their names: an imported name is looked up at each use,
 * and a reading uses some hundreds.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { ROOT } from './sourceFile.ts';

/** in the order of their imports, so that each finds the types of those before it */
const PACKAGES = ['base', 'detect', 'wire', 'edge', 'cloud', 'cli'] as const;
/** those whose modules are joined, and their entries */
const JOINED: Readonly<Record<string, readonly string[]>> = {
  detect: ['index', 'evaluation/index'],
};

/** @param names of packages; all where there are none */
async function build(names: readonly string[]): Promise<number> {
  let faults = 0;
  for (const name of PACKAGES.filter((each) => names.length === 0 || names.includes(each))) {
    compile(name);
    await joinModules(name);
    copyStatements(name);
    faults += await lintPackage(name);
  }
  return faults;
}

/** A passing configuration of its own a package: the root's checks everything at once and emits nothing. */
function compile(name: string): void {
  const folder = join(ROOT, 'packages', name);
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const settings = join(mkdtempSync(join(folder, '.build-')), 'tsconfig.json');
  writeFileSync(settings, JSON.stringify(settingsOf(name)));
  try {
    execFileSync('tsc', ['-p', settings], { cwd: ROOT, stdio: 'inherit' });
  } finally {
    rmSync(join(settings, '..'), { recursive: true, force: true });
  }
}

/** Puts the modules of a package together, where that pays; its types stay as they were compiled. */
async function joinModules(name: string): Promise<void> {
  const entries = JOINED[name];
  if (entries === undefined) return;
  const folder = join(ROOT, 'packages', name);
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, join(folder, `src/${entry}.ts`)])),
    optimization: { inlineConst: { mode: 'all', pass: 3 } },
  });
  await bundle.write({ dir: join(folder, 'dist'), chunkFileNames: 'parts/[name].js' });
  await bundle.close();
}

/** Migrations are read from files beside the code that runs them. */
function copyStatements(name: string): void {
  const folder = join(ROOT, 'packages', name);
  for (const path of globSync('**/*.sql', { cwd: join(folder, 'src') })) {
    copyFileSync(join(folder, 'src', path), join(folder, 'dist', path));
  }
}

function settingsOf(name: string): object {
  const folder = join(ROOT, 'packages', name);
  return {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: name in JOINED,
      allowImportingTsExtensions: false,
      customConditions: [],
      rootDir: join(folder, 'src'),
      outDir: join(folder, 'dist'),
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    include: [join(folder, 'src')],
    exclude: [join(folder, 'src/**/*.test.ts'), join(folder, 'src/**/*.contract.ts')],
  };
}

/** @returns how many faults the package has; each is printed */
async function lintPackage(name: string): Promise<number> {
  const pkgDir = join(ROOT, 'packages', name);
  const pkg = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8'));
  if (!existsSync(join(pkgDir, 'dist'))) {
    console.error(`${name}: nothing was compiled`);
    return 1;
  }
  const { messages } = await publint({ pkgDir, level: 'warning' });
  for (const message of messages) console.error(`${name}: ${formatMessage(message, pkg)}`);
  return messages.length;
}

if (import.meta.main) process.exitCode = (await build(process.argv.slice(2))) === 0 ? 0 : 1;
