import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../runHere.ts';
import { spawnFernsight } from '../spawnFernsight.ts';

const folder = mkdtempSync(join(tmpdir(), 'export-'));
const ROWS = 'pump,flow,2026-03-01T00:00:00.000000Z,1,0,0\n'.repeat(1_000);

/** A server at its worst: it never comes to the end of its rows, or another answers in its place. */
let server: Server;
let url: string;
/** how many exports have reached it */
let asked = 0;
let wake: () => void = () => undefined;

beforeAll(async () => {
  server = createServer(({ url: path = '' }, response) => {
    asked++;
    if (path.includes('device=refused')) {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
    } else if (path.includes('device=endless')) {
      const more = () => {
        while (!response.destroyed && response.write(ROWS));
      };
      response.on('drain', more);
      more();
    } else {
      response.write(ROWS);
    }
    wake();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe('fernsight export', () => {
  it('ends in silence when its reader goes away', async () => {
    const spawned = spawnFernsight(['export', 'endless', '--out', '-', '--url', url]);
    await spawned.seen(/pump/);
    spawned.child.stdout?.destroy();
    expect(await spawned.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('stopped while it prints, says that rows are missing', async () => {
    const spawned = spawnFernsight(['export', 'stalled', '--out', '-', '--url', url]);
    await spawned.seen(/pump/);
    spawned.child.kill('SIGINT');
    const stderr = 'fernsight: stopped before the last row\n';
    expect(await spawned.ended).toMatchObject({ code: 1, stderr });
  });

  it('stopped while it writes a file, leaves none', async () => {
    const before = asked;
    const reached = new Promise<void>((resolve) => {
      wake = () => asked > before && resolve();
    });
    const out = join(folder, 'pump.csv');
    const spawned = spawnFernsight(['export', 'stalled', '--out', out, '--url', url]);
    await reached;
    spawned.child.kill('SIGTERM');
    const stderr = 'fernsight: stopped; nothing was written\n';
    expect(await spawned.ended).toMatchObject({ code: 1, stderr });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tells a refusal that is no JSON in one line', async () => {
    const { code, stderr } = await runHere(['export', 'refused', '--out', '-', '--url', url]);
    expect([code, stderr]).toEqual([1, 'fernsight: the server says 502: no reason\n']);
  });
});
