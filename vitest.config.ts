import { defineConfig } from 'vitest/config';

/** `--mode torture` (npm run torture) raises the counts; tests ask `inject('torture')`. */
export default defineConfig(({ mode }) => ({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tools/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
    pool: 'forks',
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
    provide: { torture: mode === 'torture' },
    testTimeout: mode === 'torture' ? 3_600_000 : 120_000,
    hookTimeout: 120_000,
    // the default, a second, is shorter than a turn of a busy machine
    expect: { poll: { timeout: 60_000 } },
  },
}));
