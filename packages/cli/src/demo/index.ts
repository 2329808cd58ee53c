/** What the benchmarks use of the demo: its plant, what its sensors say, and how alarms are held against incidents. */
export { type Alarm, type Matched, matchAlarms } from './account.ts';
export type { Incident } from './incident.ts';
export { AGENTS, type Machine, PLAIN } from './plant.ts';
export { Signal } from './signal.ts';
