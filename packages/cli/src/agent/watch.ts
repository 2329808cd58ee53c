/** `fernsight edge --watch`: the agent's state on one screen, drawn anew each second. */
import { type Clock, type SensorCard, UsageFault } from '@fernsight/base';
import { type Agent, Screen } from '@fernsight/edge';
import type { Terminal } from '../invocation.ts';

const FRAME_MS = 1_000;
const HOME_AND_CLEAR = '\u001b[H\u001b[2J';

/**
 * @param cards what is known of the sensors, for their units
 * @throws UsageFault where there is no terminal to draw on
 */
export function openScreen(terminal: Terminal, cards: readonly SensorCard[]): Screen {
  if (terminal.isTTY !== true) {
    throw new UsageFault('--watch needs a terminal', {
      op: 'edge.watch',
      hint: 'leave it out; the log goes to standard error',
    });
  }
  const units = new Map(cards.map(({ sensor, unit }) => [sensor, unit]));
  return new Screen((_, sensor) => units.get(sensor));
}

export interface Drawing {
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly end: AbortSignal;
}

export async function draw(
  screen: Screen,
  agent: Agent,
  { clock, terminal, end }: Drawing,
): Promise<void> {
  while (!end.aborted) {
    // a terminal that was told no size says 0
    const [columns, rows] = [terminal.columns || 80, terminal.rows || 24];
    terminal.write(HOME_AND_CLEAR + screen.render(agent.status(), { columns, rows }));
    await clock.sleep(FRAME_MS, end);
  }
  terminal.write('\n');
}
