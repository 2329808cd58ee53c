/**
 * Logs: four levels, one line an event, a constant message plus fields. Components take a Log; `main` builds the one
 * that writes (pino: JSON lines). No secret may be a field.
 */
import { type DestinationStream, pino } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** @returns a log that adds `fields` to each line */
  with(fields: LogFields): Log;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** @returns a log of JSON lines with ISO times; `destination` defaults to standard error, written synchronously */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return adapt(pino(options, destination ?? pino.destination({ dest: 2, sync: true })));
}

function adapt(logger: pino.Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    with: (fields) => adapt(logger.child(fields)),
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
};
