/** The program's own log: JSON lines on standard error, or readable ones where a person watches. */
import { createLog, type Log, type LogLevel } from '@fernsight/base';
import type { Terminal } from './invocation.ts';

/** What makes lines readable is loaded only where somebody reads them: an agent does not carry it for years. */
export async function openLog(level: LogLevel, terminal: Terminal): Promise<Log> {
  if (terminal.isTTY !== true) return createLog(level);
  const { default: pretty } = await import('pino-pretty');
  return createLog(level, pretty({ destination: terminal, sync: true }));
}
