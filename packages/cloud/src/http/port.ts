/** The port: looked at before anything is made, so that a start that cannot be leaves nothing behind. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { errorCode, UsageFault } from '@fernsight/base';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Listens for a moment. @throws UsageFault where the port is taken or may not be used */
export async function requirePort(place: Place): Promise<void> {
  if (place.port === 0) return;
  const server = createServer();
  try {
    server.listen(place.port, place.host);
    await once(server, 'listening');
  } catch (error) {
    throw portFault(error, place);
  }
  server.close();
  await once(server, 'close');
}

/** @returns the fault of a person for what listening threw; anything else as it is */
export function portFault(cause: unknown, { host, port }: Place): unknown {
  const code = errorCode(cause);
  const where = `port ${port} on ${host}`;
  if (code === 'EADDRINUSE') {
    return new UsageFault(`${where} is in use`, {
      op: 'http.listen',
      cause,
      hint: 'choose another one with --port',
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UsageFault(`${where} cannot be listened on`, {
      op: 'http.listen',
      cause,
      hint: 'choose another --port or --listen',
    });
  }
  return cause;
}
