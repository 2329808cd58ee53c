/** Runs the real program in a process of its own, for the tests of its commands. One that hangs is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Below the tests' own limit, so that no process is left behind. */
const LIFE_MS = 110_000;
/** Of a program that serves all tests of a file, which kills it at the end; they take long on a slow machine. */
export const FILE_LIFE_MS = 3_500_000;
const BIN = fileURLToPath(new URL('../bin/fernsight.js', import.meta.url));

export interface SpawnOptions {
  /** settings in the environment; nothing else of ours is passed on */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** whether standard input stays open after `input`, as the pipe of a program that goes on does */
  readonly holdsInput?: boolean;
  /** a command that runs the program in surroundings of its own, in the same process */
  readonly within?: readonly string[];
  /** when it is killed at the latest */
  readonly lifeMs?: number;
}

export interface Ended {
  /** null: ended by a signal */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the match when standard output matches. @throws Error when the program ends before */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for standard error. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
}

export function spawnFernsight(args: readonly string[], options: SpawnOptions = {}): Spawned {
  const { env = {}, cwd, input = '', holdsInput = false, lifeMs = LIFE_MS, within = [] } = options;
  const [program = '', ...words] = [...within, process.execPath, BIN, ...args];
  const child = spawn(program, words, {
    env: { PATH: '/usr/bin:/bin', ...env },
    timeout: lifeMs,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
  });
  const text = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece;
      for (const look of watchers) look();
    });
  }
  child.stdin.on('error', () => undefined).write(input);
  if (!holdsInput) child.stdin.end();
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...text }));
  });
  const matched = (name: 'stdout' | 'stderr', pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(text[name]);
        if (match === null) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      ended.then(
        (end) => reject(new Error(`ended before ${pattern}: ${JSON.stringify(end)}`)),
        reject,
      );
      look();
    });
  return {
    child,
    ended,
    seen: (pattern) => matched('stdout', pattern),
    logged: (pattern) => matched('stderr', pattern),
  };
}

export function runFernsight(args: readonly string[], options?: SpawnOptions): Promise<Ended> {
  return spawnFernsight(args, options).ended;
}
