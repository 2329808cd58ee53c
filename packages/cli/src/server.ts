/** Calls of a command to a server: where it is, what it is asked with, and what its refusals look like. */
import { readFileSync } from 'node:fs';
import { errorCode, errorMessage, Fault, UsageFault } from '@fernsight/base';
import { CallError, type Client, createClient } from '@fernsight/wire/client';
import type { Command } from 'commander';

export const KEY_VARIABLE = 'FERNSIGHT_KEY';
const OWN_AUTHORITY = '--cloud-ca, or, for a command without it, in NODE_EXTRA_CA_CERTS';

/** Adds `--url` and `--key-file`; a key on the command line could be read by anybody on the machine. */
export function addServerFlags(command: Command): Command {
  return command
    .option('--url <url>', 'the server', 'http://127.0.0.1:8080')
    .option('--key-file <file>', `file that holds an API key; else ${KEY_VARIABLE} is read`);
}

/** Where a server is, and what says who asks. */
export interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @returns the server that the flags name. @throws UsageFault */
export function serverOf(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Server {
  const { url, keyFile } = command.opts<{ url: string; keyFile?: string }>();
  return parseServer(url, keyFile === undefined ? env[KEY_VARIABLE] : readSecret(keyFile));
}

/** @returns a client of the server that the flags name. @throws UsageFault */
export function clientOf(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Client {
  const { url, headers } = serverOf(command, env);
  return createClient({ baseUrl: url, headers });
}

/** @param key undefined: a server in open mode */
export function openClient(url: string, key: string | undefined): Client {
  const server = parseServer(url, key);
  return createClient({ baseUrl: server.url, headers: server.headers });
}

function parseServer(url: string, key: string | undefined): Server {
  if (!URL.canParse(url)) {
    throw new UsageFault(`${JSON.stringify(url)} is no address of a server`, {
      op: 'server.call',
      hint: 'write http://host:port',
    });
  }
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return { url: url.replace(/\/+$/, ''), headers };
}

/** @returns what `call` returns. @throws Fault in words for the person who gave the command */
export async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof CallError) {
      const { detail, hint } = Object(cause.body);
      throw new Fault(`the server says ${cause.status}: ${detail ?? 'no reason'}`, {
        op: 'server.call',
        cause,
        ...(typeof hint === 'string' ? { hint } : {}),
      });
    }
    if (!(cause instanceof TypeError)) throw cause;
    const { certificateHint } = await import('@fernsight/edge');
    const reason = errorCode(cause.cause) ?? errorMessage(cause);
    const untrusted = certificateHint(cause.cause, OWN_AUTHORITY);
    throw untrusted === undefined
      ? new Fault(`the server cannot be reached: ${reason}`, {
          op: 'server.call',
          cause,
          hint: 'check --url, and that the server runs',
        })
      : new Fault(`the server's certificate is not trusted: ${reason}`, {
          op: 'server.call',
          cause,
          hint: untrusted,
        });
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new UsageFault(`cannot read ${path}: ${errorMessage(cause)}`, {
      op: 'server.call',
      cause,
      hint: 'name a file that holds the key, or leave --key-file out',
    });
  }
}
