import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Notice } from '@fernsight/wire';
import { expect, it } from 'vitest';
import { DeliveryFault } from './deliveryFault.ts';
import { addressObjection } from './format.ts';
import { sendMail } from './mail.ts';

const notice: Notice = {
  id: 1,
  event: 'opened',
  cause: 'silent',
  tsUs: 1_800_000_000_000_000,
  count: 1,
  title: 'pump: nothing was heard of it',
  incidents: [],
};

/** Says the least of SMTP (RFC 5321) that a client needs, and keeps what it was told. */
async function mailServer(answers: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const converse = (socket: Socket): void => {
    let isData = false;
    let rest = '';
    socket.write('220 test\r\n');
    socket.on('data', (bytes) => {
      const pieces = (rest + bytes.toString('utf8')).split('\r\n');
      rest = pieces.pop() ?? '';
      for (const line of pieces) {
        lines.push(line);
        if (isData && line !== '.') continue;
        const verb = isData ? '.' : (line.split(' ')[0] ?? '').toUpperCase();
        isData = verb === 'DATA';
        const usual = verb === 'DATA' ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 ok';
        socket.write(`${answers[verb] ?? usual}\r\n`);
      }
    });
  };
  const server = createServer(converse).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const target = {
    kind: 'email',
    server: `smtp://127.0.0.1:${port}`,
    from: 'fernsight@example.org',
    to: ['anna@example.org', 'bert@example.org'],
  } as const;
  return { target: { ...target, to: [...target.to] }, lines, close: () => server.close() };
}

it('a notice arrives at every reader as one message', async () => {
  const { target, lines, close } = await mailServer();
  const { signal } = new AbortController();
  expect(await sendMail(target, { notice, signal })).toMatch(/answered 250/);
  expect(lines.filter((line) => line.startsWith('RCPT'))).toEqual([
    'RCPT TO:<anna@example.org>',
    'RCPT TO:<bert@example.org>',
  ]);
  expect(lines).toContain('Subject: [Fernsight] pump: nothing was heard of it');
  close();
});

it('a refusal says its code and nothing that the server repeats', async () => {
  const { target, close } = await mailServer({ DATA: '554 no hunter2 here' });
  const { signal } = new AbortController();
  const failed = await sendMail(target, { notice, signal }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DeliveryFault);
  expect(String(failed)).toMatch(/answered 554/);
  expect(String(failed)).not.toContain('hunter2');
  close();
});

it('an address with options is no mail server: they could name a program to run', async () => {
  const { target, lines, close } = await mailServer();
  const server = `${target.server}/?sendmail=true&path=/bin/true`;
  expect(addressObjection({ ...target, server })).toMatch(/no path and no options/);
  expect(addressObjection(target)).toBeUndefined();
  const { signal } = new AbortController();
  await sendMail({ ...target, server }, { notice, signal });
  expect(lines.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
  close();
});
