#!/usr/bin/env node
/**
 * The door of the program. It is plain JavaScript that any Node since 15 can read, and looks at the version before it
 * imports anything, so that an older Node gets a sentence instead of a stack.
 *
 * A published package runs dist/main.js. A clone has src/main.ts, which Node runs as it stands but only with two flags;
 * where they are missing the process replaces itself (execve: same pid, signals and terminal stay), or, where the
 * system cannot, starts a child and passes signals on. What Node makes of the sources is kept in node_modules/.cache,
 * which halves every start but the first.
 *
 * Wherever the process can replace itself, it gives up some speed for memory. The agent lives for years on small
 * devices: a young generation of 1 MB, one arena of the C library, no optimising compiler beyond the quick one, and that and
 * the collector on no thread of their own, where they would keep 15 to 30 MB.
 * In the server every thread has a young generation of its own, and what lies in it is mostly garbage: 24 MB, not 134. The
 * old one is collected when it has grown by a third: left to itself the engine lets the thread that serves HTTP, which
 * keeps 50 MB, grow to 170. One arena serves it, too.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 18];
const QUIET = '--disable-warning=ExperimentalWarning';
const SOURCE_FLAGS = ['--conditions=source', QUIET];
const AGENT_FLAGS = [
  '--max-semi-space-size=1',
  '--no-opt',
  '--no-concurrent-recompilation',
  '--single-threaded-gc',
  '--v8-pool-size=1',
];
const SERVER_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=30', QUIET];
/**
 * one arena of the C library for all threads: a quarter of what an agent that drains takes beyond its code, and a fifth of
 * a server with 20,000 series; its work takes no longer
 */
const LASTING_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };
/** command -> flags of its process, beside those of a clone */
const FLAGS = new Map([
  ['edge', AGENT_FLAGS],
  ['up', SERVER_FLAGS],
  ['demo', SERVER_FLAGS],
]);
const canReplaceItself = typeof process.execve === 'function' && process.platform !== 'win32';
/** What a shell reports for a command that a signal ended: 128 + its number. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `fernsight: Node ${process.versions.node} (${process.execPath}) is too old, ${OLDEST.join('.')} or later is needed: ` +
      'install it from https://nodejs.org, or in a clone write "npx fernsight", which brings its own\n',
  );
  process.exitCode = 2;
} else {
  await start();
}

async function start() {
  const source = new URL('../src/main.ts', import.meta.url);
  const isClone = existsSync(source);
  const needed = isClone ? SOURCE_FLAGS : [];
  const wanted = new Set([...needed, ...(FLAGS.get(process.argv[2]) ?? [])]);
  const missing = [...wanted].filter((flag) => !process.execArgv.includes(flag));
  const mustRestart = missing.some((flag) => needed.includes(flag));
  if (mustRestart || (missing.length > 0 && canReplaceItself)) return restart(missing);
  if (!isClone) {
    await import(new URL('../dist/main.js', import.meta.url).href);
    return;
  }
  const { enableCompileCache } = await import('node:module');
  const kept = new URL('../../../node_modules/.cache/fernsight/compiled', import.meta.url);
  enableCompileCache(fileURLToPath(kept));
  // threads do not share what was enabled by a call
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(kept);
  await import(source.href);
}

/** @param flags what Node lacks */
async function restart(flags) {
  const script = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, ...flags, script, ...process.argv.slice(2)];
  if (canReplaceItself) {
    process.removeAllListeners('warning');
    process.execve(process.execPath, [process.execPath, ...args], {
      ...(FLAGS.has(process.argv[2]) ? LASTING_ENVIRONMENT : {}),
      ...process.env,
    });
  }
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of Object.keys(SIGNAL_CODES)) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? SIGNAL_CODES[signal] ?? 1));
}
