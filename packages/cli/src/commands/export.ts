/** `fernsight export`: a device's readings with their verdicts out of a server's store, as a file that is whole or not there, unless the store is damaged. */
import { errorCode, Fault } from '@fernsight/base';
import { addresses, CallError, locate, readReply } from '@fernsight/wire/client';
import { Command, Option } from 'commander';
import { time } from '../argument.ts';
import type { Invocation } from '../invocation.ts';
import { writeOutput } from '../outputFile.ts';
import { ProgressLine } from '../progressLine.ts';
import { addServerFlags, asked, serverOf } from '../server.ts';

interface Flags {
  readonly sensor?: string;
  readonly from: number;
  readonly to?: number;
  readonly format?: 'csv' | 'parquet';
  readonly out: string;
}

const MB = 1e6;
/** A row of CSV is shorter, unless its names are very long. */
const LAST_ROWS_BYTES = 512;

export function exportCommand(invocation: Invocation): Command {
  const command = new Command('export')
    .description('write the stored readings of a device, with their verdicts, to a file')
    .argument('<device>')
    .requiredOption('--out <file>', 'the file to write; - for the standard output')
    .option('--sensor <sensor>', 'this one only; default: all of the device')
    .option('--from <time>', 'from this stamp on, ISO 8601', time, 0)
    .option('--to <time>', 'up to this stamp, ISO 8601; default: now', time)
    .addOption(
      new Option('--format <format>', 'default: as --out ends').choices(['csv', 'parquet']),
    )
    .addHelpText(
      'after',
      `
Examples:
  fernsight export pump-3 --out pump-3.csv
  fernsight export pump-3 --sensor vibration --from 2026-03-01 --out march.parquet --url https://server:8080`,
    )
    .action((device: string, flags: Flags, self: Command) =>
      asked(() => exportDevice(device, flags, { command: self, invocation })),
    );
  return addServerFlags(command);
}

async function exportDevice(
  device: string,
  { sensor, from, to, format, out }: Flags,
  { command, invocation }: { readonly command: Command; readonly invocation: Invocation },
): Promise<void> {
  const { clock, env, stderr, stdout } = invocation;
  const signal = invocation.heedSignals();
  const { url, headers } = serverOf(command, env);
  const chosen = format ?? (out.endsWith('.parquet') ? 'parquet' : 'csv');
  const toUs = to ?? clock.nowUs();
  const query = { device, sensor, fromUs: from, toUs, format: chosen, partial: true };
  const line = new ProgressLine(stderr, clock);
  try {
    const address = url + locate(addresses.exportReadings, {}, query);
    const response = await fetch(address, { headers, signal });
    const { ok, status, body } = response;
    if (!ok || body === null) throw new CallError('export', status, await readReply(response));
    await writeOutput(out, shown(body, device, { line, isText: chosen === 'csv' }), stdout);
    requireWhole(response, out);
  } catch (error) {
    if (!signal.aborted) throw error;
    // A reader that went away (`| head`) has had what it wanted.
    if (errorCode(signal.reason) === 'EPIPE') return;
    const what = out === '-' ? 'stopped before the last row' : 'stopped; nothing was written';
    throw new Fault(what, { op: 'export' });
  } finally {
    line.end();
  }
}

/** @throws Fault where the server could not read all of it */
function requireWhole({ headers }: Response, out: string): void {
  const missing = headers.get('fernsight-unreadable');
  if (missing === null) return;
  const what = decodeURIComponent(missing);
  throw new Fault(`not whole: a part is damaged in the server's store: ${what}`, {
    op: 'export',
    hint: `all the rest is ${out === '-' ? 'printed' : `in ${out}`}; what is missing may be in a backup`,
  });
}

/** Passes the pieces on, and tells how far they reach: in CSV every row holds its stamp. */
async function* shown(
  body: AsyncIterable<Uint8Array>,
  device: string,
  { line, isText }: { readonly line: ProgressLine; readonly isText: boolean },
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of body) {
    yield piece;
    bytes += piece.length;
    const reached = isText ? lastStamp(piece) : undefined;
    const until = reached === undefined ? '' : `, up to ${reached}`;
    line.show(`${device}: ${(bytes / MB).toFixed(1)} MB${until}`);
  }
  line.show(`${device}: ${(bytes / MB).toFixed(1)} MB, to the end`);
}

/** @returns the newest stamp in a piece of CSV, or undefined where it holds none whole */
function lastStamp(piece: Uint8Array): string | undefined {
  const end = Buffer.from(piece.subarray(-LAST_ROWS_BYTES)).toString('utf8');
  return end.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g)?.at(-1);
}
