/**
 * A real Chromium for the tests of the page, found in this order: CHROMIUM_PATH; one that the system has; the one that
 * the package @sparticuz/chromium carries, unpacked once into a cache folder with the libraries and fonts that a bare
 * machine lacks. Where there is none, the error names the fix. Each launch has a fresh profile and speaks to loopback.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { ROOT } from './sourceFile.ts';

export interface ResolvedBrowser {
  readonly path: string;
  /** where it came from, for the table of what a run resolved */
  readonly description: string;
  /** what its process needs beyond ours */
  readonly env: Readonly<Record<string, string>>;
}

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FIX = 'install Chromium, or set CHROMIUM_PATH to one';

/** @throws Error that names the fix where no browser can be had */
export async function resolveBrowser(): Promise<ResolvedBrowser> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH is ${named}: no such file; ${FIX}`);
    return { path: named, description: `${named} (CHROMIUM_PATH)`, env: {} };
  }
  const system = findOnPath();
  if (system !== undefined) return { path: system, description: `${system} (system)`, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`no Chromium found on ${process.platform} ${process.arch}: ${FIX}`);
  }
  return unpackCarried();
}

/** @returns a browser with a fresh profile; its caller closes it */
export async function openBrowser(): Promise<Browser> {
  const { path, env } = await resolveBrowser();
  return chromium.launch({
    executablePath: path,
    // without a locale Chromium takes POSIX for one, which Intl refuses
    env: { ...process.env, LC_ALL: 'en_US.UTF-8', ...env },
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function findOnPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = SYSTEM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}

/**
 * The package unpacks into the temporary folder of its process, and where a file is there already takes it for whole. So
 * it runs in a process of its own, in a folder of its own, which gets its name only when all of it is there.
 */
async function unpackCarried(): Promise<ResolvedBrowser> {
  const version = await carriedVersion();
  const cache = join(ROOT, 'node_modules', '.cache', 'fernsight');
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const draft = await mkdtemp(join(cache, 'unpacking-'));
    await unpackInto(draft);
    await writeFile(join(draft, 'fonts', 'fonts.conf'), fontSettings(folder));
    await rename(draft, folder).catch(async (error: NodeJS.ErrnoException) => {
      await rm(draft, { recursive: true });
      // another process was faster
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }
  return {
    path: join(folder, 'chromium'),
    description: `@sparticuz/chromium ${version} (package)`,
    env: {
      FONTCONFIG_PATH: join(folder, 'fonts'),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  };
}

async function carriedVersion(): Promise<string> {
  const entry = import.meta.resolve('@sparticuz/chromium');
  const text = await readFile(new URL('../package.json', entry), 'utf8');
  const { version } = JSON.parse(text);
  return version;
}

/** The package's own file names folders of the cloud that it was made for; here its fonts stand beside it. */
function fontSettings(folder: string): string {
  return `<?xml version="1.0"?>
<fontconfig>
  <dir>${join(folder, 'fonts', 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts', 'cache')}</cachedir>
</fontconfig>
`;
}

async function unpackInto(folder: string): Promise<void> {
  const program = `
    import chromium from '@sparticuz/chromium';
    await chromium.executablePath();`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    // the package adds its libraries only where it takes the machine for a function of that cloud
    env: { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' },
  });
}
