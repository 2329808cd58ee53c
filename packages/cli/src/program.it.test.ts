import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runFernsight, spawnFernsight } from './spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'program-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the door', () => {
  const bin = fileURLToPath(new URL('../bin/fernsight.js', import.meta.url));

  it('turns an older Node away with one line and exit code 2', () => {
    for (const version of ['18.20.0', '20.20.2', '22.17.9']) {
      const disguise = join(folder, 'older.cjs');
      writeFileSync(
        disguise,
        `Object.defineProperty(process.versions, 'node', { value: '${version}' });`,
      );
      const { status, stderr } = spawnSync(process.execPath, ['--require', disguise, bin, 'demo'], {
        encoding: 'utf8',
      });
      expect(stderr).toMatch(
        /^fernsight: Node .* is too old, 22\.18 or later is needed: .*npx fernsight.*\n$/,
      );
      expect(stderr).toContain(version);
      expect(status).toBe(2);
    }
  });

  it('keeps the process: the same pid, arguments as they were, no warning', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [bin, 'config', 'edge', '--device-id', 'a b'],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('deviceId: a b # --device-id');
  });
});

describe('the program', () => {
  it('has a help with an example for each command', async () => {
    const { stdout } = await runFernsight(['--help']);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) [\s\S]*?$/gm)].map((match) => match[1] ?? '');
    const commands = names.filter((name) => !['fernsight', 'help'].includes(name));
    expect(commands).toEqual(
      expect.arrayContaining(['demo', 'up', 'edge', 'generate', 'score', 'doctor', 'config']),
    );
    for (const command of commands) {
      const help = await runFernsight([command, '--help']);
      expect([help.code, help.stderr], command).toEqual([0, '']);
      expect(help.stdout, command).toMatch(/Examples?:\n {2}.*fernsight /);
    }
  });

  it('answers a mistaken command or setting with the nearest name and exit code 2', async () => {
    for (const [args, env, message] of [
      [['dmeo'], {}, 'Did you mean demo?'],
      [['edge', '--devic-id', 'a'], {}, 'Did you mean --device-id?'],
      [['config', 'edge'], { FERNSIGHT__EDGE__DEVICE_DI: 'a' }, 'did you mean "deviceId"?'],
    ] as const) {
      const { code, stdout, stderr } = await runFernsight(args, { env });
      expect(stderr).toContain(message);
      expect(stderr.trimEnd().split('\n').length).toBe(1);
      expect([code, stdout]).toEqual([2, '']);
    }
  });
});

describe('the first Ctrl-C or SIGTERM', () => {
  async function listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  it('ends a command that waits for a server, and one that computes', async () => {
    const silent = createServer();
    const reached = new Promise((resolve) => silent.once('connection', resolve));
    const asking = spawnFernsight(['devices', 'list', '--url', await listen(silent)]);
    const counting = spawnFernsight(['generate', '--rows', '900000000']);
    try {
      await reached;
      asking.child.kill('SIGTERM');
      expect(await asking.ended).toMatchObject({ code: null, stdout: '', stderr: '' });
      expect(asking.child.signalCode).toBe('SIGTERM');
      await counting.seen(/timestamp/);
      counting.child.kill('SIGINT');
      expect(await counting.ended).toMatchObject({ code: null, stderr: '' });
      expect(counting.child.signalCode).toBe('SIGINT');
    } finally {
      for (const { child } of [asking, counting]) child.kill('SIGKILL');
      silent.close();
    }
  });

  it('does not pass for the end of a training that was waited for', async () => {
    let asked: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = createHttpServer(({ method }, response) => {
      if (method === 'GET') return asked();
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":1}');
    });
    const url = await listen(server);
    const training = spawnFernsight(['models', 'train', 'temperature', '--url', url]);
    try {
      await waiting;
      training.child.kill('SIGTERM');
      const stderr = 'fernsight: stopped waiting for the training; the server goes on\n';
      expect(await training.ended).toEqual({ code: 1, stdout: '', stderr });
    } finally {
      training.child.kill('SIGKILL');
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('fernsight config', () => {
  it('prints every section, from a file that may stand before or after the section', async () => {
    const file = join(folder, 'agent.yaml');
    writeFileSync(file, 'edge:\n  deviceId: pump-3\n');
    for (const args of [
      ['--config', file],
      ['edge', '--config', file],
      ['up', '--config', file],
    ]) {
      const { code, stdout } = await runFernsight(['config', ...args]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^log:\n.*^cloud:\n.*^edge:\n/ms);
      expect(stdout).toContain(`deviceId: pump-3 # ${file}:2\n`);
    }
  });
});

describe('fernsight doctor', () => {
  it('finds a machine fit, and names what is not and what to do', async () => {
    const fit = await runFernsight(['doctor', '--data-dir', folder, '--port', '0']);
    expect(fit.code, fit.stdout).toBe(0);
    expect(fit.stdout).toContain(`data folder ${folder} can be written`);

    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const unfit = await runFernsight([
      'doctor',
      '--data-dir',
      '/proc/fernsight',
      '--port',
      String(port),
    ]);
    server.close();
    expect(unfit.code).toBe(1);
    expect(unfit.stdout).toMatch(
      new RegExp(`fail {2}port ${port} on 127.0.0.1 is taken; end the program`),
    );
    expect(unfit.stdout).toMatch(/fail {2}data folder \/proc\/fernsight cannot be written/);
  });

  it('says when the cloud is not there', async () => {
    const { code, stdout } = await runFernsight([
      'doctor',
      '--cloud-url',
      'http://127.0.0.1:9',
      '--port',
      '0',
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/fail {2}the cloud http:\/\/127.0.0.1:9 does not answer/);
  });
});
