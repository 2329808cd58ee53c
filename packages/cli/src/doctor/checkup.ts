/**
 * What a machine needs to run Fernsight, each need tried out and not guessed at: a file is written, a port is opened, a
 * forest is scored. A check that fails says what to do.
 */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type Clock,
  errorCode,
  errorMessage,
  formatTimestamp,
  US_PER_SECOND,
} from '@fernsight/base';
import { openKernel } from '@fernsight/detect';
import { certificateHint } from '@fernsight/edge';
import { addresses } from '@fernsight/wire/agent';

export interface Finding {
  /** `warn`: it runs, but not for long or not well */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** what to do about it */
  readonly fix?: string;
}

export interface Patient {
  readonly dataDirs: readonly string[];
  readonly listen: string;
  readonly port: number;
  readonly cloudUrl: string | undefined;
  readonly clock: Clock;
}

/** Below this a store fills within days at a hundred readings a second. */
const FREE_BYTES_WANTED = 2e9;
/** A clock further off makes stamps `future` at the cloud (futureMax). */
const CLOCK_OFF_US_MAX = 300 * US_PER_SECOND;
/** No machine that runs this program stands before its first release. */
const EARLIEST_US = Date.UTC(2026, 0) * 1_000;
const CLOUD_TIMEOUT_MS = 5_000;

/** @returns the findings, in the order in which they matter */
export async function checkUp(patient: Patient): Promise<Finding[]> {
  return [
    checkNode(),
    checkSqlite(),
    ...patient.dataDirs.flatMap((folder) => [checkFolder(folder), checkSpace(folder)]),
    await checkPort(patient.listen, patient.port),
    checkKernel(),
    checkClock(patient.clock.nowUs()),
    ...(await checkCloud(patient)),
  ];
}

/** The door (bin/fernsight.js) has refused an older one already. */
function checkNode(): Finding {
  return {
    state: 'ok',
    what: `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
  };
}

function checkSqlite(): Finding {
  const database = new DatabaseSync(':memory:');
  const row = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  return { state: 'ok', what: `SQLite ${String(row?.version)}` };
}

/** The folder itself is not made: looking must not leave traces. */
function checkFolder(folder: string): Finding {
  const path = resolve(folder);
  const probe = join(nearestFolder(path), `.fernsight-doctor-${process.pid}`);
  try {
    writeFileSync(probe, '', { flush: true });
    rmSync(probe);
    return { state: 'ok', what: `data folder ${path} can be written` };
  } catch (error) {
    return {
      state: 'fail',
      what: `data folder ${path} cannot be written: ${errorMessage(error)}`,
      fix: 'give it to the user that runs fernsight, or name another in the settings (dataDir)',
    };
  }
}

function checkSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(resolve(folder)));
  const freeBytes = bavail * bsize;
  const what = `${(freeBytes / 1e9).toFixed(1)} GB free for ${resolve(folder)}`;
  if (freeBytes >= FREE_BYTES_WANTED) return { state: 'ok', what };
  return { state: 'warn', what, fix: 'free some space, or name a folder on another volume' };
}

/** @returns the folder, or the one above it that is there */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function checkPort(host: string, port: number): Promise<Finding> {
  const what = `port ${port} on ${host}`;
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error) => {
      const isTaken = errorCode(error) === 'EADDRINUSE';
      done({
        state: 'fail',
        what: `${what} ${isTaken ? 'is taken' : `cannot be opened: ${errorMessage(error)}`}`,
        fix: isTaken
          ? 'end the program that holds it (a running "fernsight up"?), or choose another with --port'
          : 'choose another with --port, or another address with --listen',
      });
    });
    server.listen(port, host, () =>
      server.close(() => done({ state: 'ok', what: `${what} is free` })),
    );
  });
}

function checkKernel(): Finding {
  const { form } = openKernel(1024);
  if (form === 'wasm') return { state: 'ok', what: 'forests are scored in WebAssembly' };
  return {
    state: 'warn',
    what: 'WebAssembly is not available; forests are scored in JavaScript, to the same bit but slower',
    fix: 'start Node without --jitless',
  };
}

function checkClock(nowUs: number): Finding {
  const what = `the clock says ${formatTimestamp(nowUs).slice(0, 19)}Z`;
  if (nowUs >= EARLIEST_US) return { state: 'ok', what };
  return { state: 'fail', what, fix: 'set it: timedatectl set-ntp true' };
}

/** Asks the cloud for its state; its answer also tells its time. */
async function checkCloud({ cloudUrl, clock }: Patient): Promise<Finding[]> {
  if (cloudUrl === undefined) return [{ state: 'ok', what: 'no cloud is set (edge.cloudUrl)' }];
  try {
    const url = new URL(addresses.readyz.path, cloudUrl);
    const reply = await fetch(url, { signal: AbortSignal.timeout(CLOUD_TIMEOUT_MS) });
    const offUs = Math.abs(Date.parse(reply.headers.get('date') ?? '') * 1_000 - clock.nowUs());
    return [await stateOf(cloudUrl, reply), ...clockAgainst(cloudUrl, offUs)];
  } catch (error) {
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const what = `the cloud ${cloudUrl} does not answer: ${errorMessage(reason)}`;
    const untrusted = certificateHint(reason, 'edge.cloudCa');
    const fix = untrusted ?? 'check the address, the network and the server';
    return [{ state: 'fail', what, fix }];
  }
}

async function stateOf(cloudUrl: string, reply: Response): Promise<Finding> {
  if (reply.ok) return afterDamage(`the cloud ${cloudUrl} takes readings`, await reply.text());
  const what = `the cloud ${cloudUrl} answers with ${reply.status}`;
  const fix =
    reply.status === 503 ? "read the server's log" : 'check that the address is a Fernsight server';
  return { state: 'fail', what, fix };
}

/** @param body of /readyz; of a server that is none of ours, anything */
function afterDamage(what: string, body: string): Finding {
  const rows = /"damagedRows":(\d+)/.exec(body)?.[1];
  if (rows === undefined) return { state: 'ok', what };
  return {
    state: 'warn',
    what: `${what}; rows of its journal that were damaged and are set aside: ${rows}`,
    fix: "check the server's disk and read its log; their readings are in no other place, unless they were sent again",
  };
}

function clockAgainst(cloudUrl: string, offUs: number): Finding[] {
  if (!(offUs > CLOCK_OFF_US_MAX)) return [];
  const what = `this clock and that of ${cloudUrl} are ${Math.round(offUs / US_PER_SECOND)} s apart`;
  return [{ state: 'fail', what, fix: 'set the one that is wrong: timedatectl set-ntp true' }];
}
