/** The program's own log: JSON lines on standard error, or readable ones where a person watches. */
import { createLog, type Log, type LogLevel } from '@fernsight/base';
import pretty from 'pino-pretty';
import type { Terminal } from './invocation.ts';

export function openLog(level: LogLevel, terminal: Terminal): Log {
  return createLog(
    level,
    terminal.isTTY === true ? pretty({ destination: terminal, sync: true }) : undefined,
  );
}
