/**
 * The agent on one screen of a terminal: values, sparklines, verdicts in words, outbox, uplink. Plain text in, plain
 * text out; who calls it owns the terminal.
 */
import { explain, type Verdict } from '@fernsight/detect';
import type { SeenReading } from '../agentOptions.ts';
import type { AgentView } from '../agentView.ts';
import { SCREEN_SERIES_MAX, SPARK_VALUES } from '../limits.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

interface Line {
  readonly device: string;
  readonly sensor: string;
  readonly values: Float64Array;
  count: number;
  value: number;
  score: number;
  stage: string;
  needed: number;
  /** what was said of the last anomaly, and at which reading */
  sentence: string;
  anomalyAt: number;
  alarm: boolean;
}

const BARS = '▁▂▃▄▅▆▇█';
/** Rows of the screen that are not series. */
const FRAME_ROWS = 6;
/** Readings after an anomaly for which its sentence stays. */
const SENTENCE_READINGS = 60;

export class Screen {
  readonly #lines = new Map<string, Line>();
  readonly #unitOf: (device: string, sensor: string) => string | undefined;

  /** @param unitOf the unit of a sensor, where it is known */
  constructor(unitOf: (device: string, sensor: string) => string | undefined = () => undefined) {
    this.#unitOf = unitOf;
  }

  /** To be called for each verdict; O(1), and nothing is written here. */
  observe(reading: SeenReading, verdict: Verdict): void {
    const line = this.#lineOf(reading);
    if (line === undefined) return;
    line.values[line.count++ % SPARK_VALUES] = reading.value;
    line.value = reading.value;
    line.score = verdict.score;
    line.stage = verdict.stage;
    line.needed = verdict.needed;
    line.alarm = verdict.alarm;
    if (!verdict.anomaly) return;
    const { device, sensor, value } = reading;
    line.sentence = explain(verdict, { sensor, value, unit: this.#unitOf(device, sensor) ?? '' });
    line.anomalyAt = line.count;
  }

  /** @returns the screen's lines, none longer or more than `size` */
  render(view: AgentView, size: ScreenSize): string {
    const space = Math.max(1, size.rows - FRAME_ROWS);
    const lines = [...this.#lines.values()].toSorted(byConcern);
    const shown = lines.slice(0, space).map((line) => this.#draw(line));
    const hidden = lines.length > space ? `… and ${lines.length - space} more sensors` : '';
    const text = [headOf(view), '', ...shown, hidden, '', outboxOf(view), uplinkOf(view)];
    return text.map((one) => one.slice(0, size.columns)).join('\n');
  }

  #lineOf({ device, sensor }: SeenReading): Line | undefined {
    const key = `${device}/${sensor}`;
    const known = this.#lines.get(key);
    if (known !== undefined || this.#lines.size >= SCREEN_SERIES_MAX) return known;
    const fresh: Line = {
      device,
      sensor,
      values: new Float64Array(SPARK_VALUES),
      count: 0,
      value: Number.NaN,
      score: 0,
      stage: '',
      needed: 0,
      sentence: '',
      anomalyAt: Number.NEGATIVE_INFINITY,
      alarm: false,
    };
    this.#lines.set(key, fresh);
    return fresh;
  }

  #draw(line: Line): string {
    const { device, sensor, value, stage, needed, alarm } = line;
    const name = `${device} ${sensor}`.slice(0, 28).padEnd(28);
    const unit = this.#unitOf(device, sensor) ?? '';
    const shown = `${formatValue(value)} ${unit}`.padEnd(16);
    const fresh = line.count - line.anomalyAt <= SENTENCE_READINGS;
    const learning = stage === 'ready' ? '' : `learning, ${needed} readings to go`;
    const mark = alarm ? '! ' : fresh ? '· ' : '  ';
    return `${mark}${name} ${shown} ${sparkline(line)} ${fresh ? line.sentence : learning}`;
  }
}

/** Alarms first, then the latest anomalies, then by name. */
function byConcern(one: Line, other: Line): number {
  if (one.alarm !== other.alarm) return one.alarm ? -1 : 1;
  const age = ({ count, anomalyAt }: Line) => Math.min(SENTENCE_READINGS + 1, count - anomalyAt);
  const names = `${one.device}/${one.sensor}` < `${other.device}/${other.sensor}` ? -1 : 1;
  return age(one) - age(other) || names;
}

function sparkline({ values, count }: Line): string {
  const held = Math.min(count, SPARK_VALUES);
  const recent = Array.from({ length: held }, (_, index) => {
    return values[(count - held + index) % SPARK_VALUES] ?? 0;
  });
  const low = Math.min(...recent);
  const span = Math.max(...recent) - low;
  const bars = recent.map((value) => {
    const level = span > 0 ? Math.round(((value - low) / span) * (BARS.length - 1)) : 0;
    return BARS[level] ?? ' ';
  });
  return bars.join('').padStart(SPARK_VALUES);
}

function formatValue(value: number): string {
  return Number(value.toPrecision(6)).toString();
}

function headOf(view: AgentView): string {
  const sources = view.sources.map(({ name, state }) => `${name} ${state}`).join(', ');
  const silent = view.silent.length > 0 ? ` · silent: ${view.silent.join(', ')}` : '';
  return `${view.device} · ${view.taken} readings · ${sources}${silent}`;
}

function outboxOf(view: AgentView): string {
  const size = `${(view.outboxBytes / 1e6).toFixed(1)} MB`;
  const gone = view.dropped + view.rejected + view.lost;
  const fault = view.fault === undefined ? '' : ` · NOT WRITING: ${view.fault}`;
  const thinned = view.thinned > 0 ? ` · ${view.thinned} thinned` : '';
  const cut =
    view.interruptions === undefined ? '' : ` · cut short ${view.interruptions.count} times`;
  const lost = gone > 0 ? ` · ${gone} gone` : '';
  return `outbox: ${view.waiting} waiting · ${size}${thinned}${lost}${cut}${fault}`;
}

function uplinkOf({ uplink, delivered }: AgentView): string {
  if (uplink === undefined) return 'cloud: none, working offline';
  const state = uplink.online ? 'taking batches' : (uplink.lastError ?? 'not reached yet');
  return `cloud: ${state} · ${delivered} delivered`;
}
