/** The program's own log: JSON lines on standard error, or readable ones where a person watches. */
import { createLog, type Log, type LogLevel } from '@fernsight/base';
import pretty from 'pino-pretty';
import type { Screen } from './invocation.ts';

export function openLog(level: LogLevel, screen: Screen): Log {
  return createLog(
    level,
    screen.isTTY === true ? pretty({ destination: screen, sync: true }) : undefined,
  );
}
