import { duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import { PubackGate } from './pubackGate.ts';

const puback = (id: number) => Buffer.from([0x40, 2, id >> 8, id & 0xff]);
const PING = Buffer.from([0xc0, 0]);

it('passes an acknowledgement on when its message is released, whichever of the two comes first', async () => {
  const [line, broker] = duplexPair();
  const gate = new PubackGate(line);
  let sent: Buffer[] = [];
  broker.on('data', (bytes: Buffer) => sent.push(bytes));
  const heard = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    const all = Buffer.concat(sent);
    sent = [];
    return all;
  };
  gate.write(Buffer.concat([puback(1), PING, puback(2)]));
  expect(await heard()).toEqual(PING);
  gate.release(2);
  expect(await heard()).toEqual(puback(2));
  gate.release(300);
  expect(await heard()).toEqual(Buffer.alloc(0));
  gate.write(Buffer.concat([puback(300), puback(301)]));
  expect(await heard()).toEqual(puback(300));
  gate.write(puback(300));
  expect(await heard()).toEqual(Buffer.alloc(0));
  gate.destroy();
});
