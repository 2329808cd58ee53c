import { describe, expect, it } from 'vitest';
import { FakeMachine } from './machineFake.ts';
import { ServerClock } from './serverClock.ts';

describe("the server's clock", () => {
  it('is what the last frame said, carried on by the machine', async () => {
    const machine = new FakeMachine();
    const clock = new ServerClock(machine);
    const stop = new AbortController();
    const running = clock.run(stop.signal);
    const serverUs = machine.nowUs() - 3_600_000_000;
    clock.set(serverUs);
    expect(clock.nowUs.value).toBe(serverUs);
    await machine.clock.advance(5000);
    expect(clock.nowUs.value).toBe(serverUs + 5_000_000);
    stop.abort();
    await machine.clock.advance(0);
    await running;
  });
});
