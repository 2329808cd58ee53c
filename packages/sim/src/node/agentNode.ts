/**
 * An agent on a machine of its own: the real agent with its real outbox, on a simulated disk, clock and network. A
 * supervisor starts it again when it ends; what it had taken and lost is noted at each start.
 */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import {
  type CrashPoint,
  covers,
  errorMessage,
  type Probe,
  type Rng,
  US_PER_MS,
} from '@fernsight/base';
import { SCORE_STEPS, type Verdict } from '@fernsight/detect';
import { type Agent, type AgentView, createAgent, type SeenReading } from '@fernsight/edge';
import type { Batch } from '@fernsight/wire';
import type { MaintenanceSpan } from '@fernsight/wire/agent';
import type { Restart } from '../checkers/checker.ts';
import { NodeClock, START_US, WallClock } from '../clock/nodeClock.ts';
import type { Disk } from '../disk/disk.ts';
import { flawLink, flawOutbox } from '../flaws/flaw.ts';
import { RESTART_MS } from '../limits.ts';
import { createSimLink } from '../network/simLink.ts';
import type { AgentConfig } from '../plan/config.ts';
import type { Happening } from '../plan/happening.ts';
import { ModelHistory, START } from '../truth/modelHistory.ts';
import { ALARM, ANOMALY, SCORED, UNLEARNT } from '../truth/seriesTruth.ts';
import { TakenOrder } from '../truth/truth.ts';
import { Crash } from './crash.ts';
import type { Machinery } from './machinery.ts';
import { SimSource } from './simSource.ts';
import { Trap } from './trap.ts';

const MAINTENANCE = 'judged and not learnt in maintenance (I6)';

export class AgentNode {
  readonly config: AgentConfig;
  readonly wall: WallClock;
  readonly disk: Disk;
  readonly order: TakenOrder;
  readonly source: SimSource;
  readonly trap = new Trap();
  readonly models = new ModelHistory();
  readonly #machinery: Machinery;
  readonly #rng: Rng;
  #clock: NodeClock;
  #agent: Agent | undefined;
  #stop = new AbortController();
  #boots = 0;
  #powerCuts = 0;
  #isAway = false;
  /** whether it ever gave up readings: after a crash it cannot judge those again */
  hasDropped = false;
  #isEnding = false;
  #shiftUs = 0;
  #database: DatabaseSync | undefined;
  /** maintenance windows that the cloud told this process, which must obey them from then on */
  #told: readonly MaintenanceSpan[] = [];
  #crash = { ms: 0, hadPower: true };
  /** whether a sync fails just now */
  #diskFails = false;
  /** when the disk was last full or failing: commits and syncs wait until it is mended */
  troubledMs = Number.NEGATIVE_INFINITY;

  constructor(config: AgentConfig, machinery: Machinery) {
    this.config = config;
    this.#machinery = machinery;
    this.#rng = machinery.rng.fork(config.name);
    this.wall = new WallClock(machinery.kernel, config.clock);
    this.#clock = new NodeClock(machinery.kernel, this.wall);
    this.disk = machinery.createDisk(config.name);
    this.order = new TakenOrder(machinery.truth);
    this.source = new SimSource(config, machinery, {
      rng: this.#rng.fork('source'),
      onTaken: (reading) => this.order.push(reading),
      onAcknowledged: (rowCount) => machinery.hear.acknowledged(this, rowCount),
    });
    machinery.network.join(config.name, config.group);
  }

  get name(): string {
    return this.config.name;
  }

  get isUp(): boolean {
    return this.#agent !== undefined;
  }

  /** about the stamp of what is measured now */
  stampUs(): number {
    const { kernel } = this.#machinery;
    return this.config.source === 'polled'
      ? this.wall.nowUs()
      : START_US + kernel.nowMs * US_PER_MS;
  }

  status(): AgentView | undefined {
    return this.#agent?.status();
  }

  boot(): void {
    if (this.#isAway || this.isUp || this.#isEnding) return;
    const { kernel, trace, network, hear, flaw } = this.#machinery;
    const boot = ++this.#boots;
    const clock = new NodeClock(kernel, this.wall);
    this.#clock = clock;
    this.#stop = new AbortController();
    const isAlive = () => this.#boots === boot;
    const { source: _source, name: device, clock: _clock, child, ...settings } = this.config;
    try {
      this.#agent = createAgent({
        ...settings,
        device,
        bootId: `${device} ${this.#powerCuts}`,
        sensors: [],
        outbox: join(this.disk.folder, 'outbox.db'),
        sources: [this.source.open(clock)],
        link: flawLink(
          createSimLink({
            agent: device,
            network,
            clock,
            onSend: (batch: Batch) => hear.sent(this, batch),
            onReply: ({ maintenance }) => {
              if (maintenance !== undefined && isAlive()) this.#hearWindows(maintenance.windows);
            },
          }),
          flaw,
        ),
        clock,
        rng: this.#rng.fork(`boot ${boot}`),
        log: trace.logOf(device, isAlive),
        probe: this.#probe(boot, clock),
        onVerdict: (reading, verdict) => this.#note(reading, verdict),
      });
    } catch (error) {
      this.#ended(boot, error);
      return;
    }
    this.#noteModels(this.#agent.status());
    trace.note(device, `is up, boot ${boot}`);
    this.#agent.run(this.#stop.signal).catch((error: unknown) => this.#ended(boot, error));
  }

  /**
   * Ends it now, as a kill or a power cut would; it is started again after `awayMs`.
   * @returns whether it was there to be ended
   */
  crash(hasPower: boolean, awayMs = RESTART_MS): boolean {
    const { kernel, trace } = this.#machinery;
    if (this.#isAway) return false;
    trace.note(this.name, hasPower ? 'is killed' : 'loses power');
    this.#boots++;
    this.#clock.stop();
    this.#agent = undefined;
    this.#told = [];
    this.#crash = { ms: kernel.nowMs, hadPower: hasPower };
    if (!hasPower) this.#powerCuts++;
    const close = this.disk.crash(hasPower);
    this.trap.release();
    this.#isAway = true;
    kernel.after(1, close);
    kernel.after(awayMs, () => {
      this.#isAway = false;
      this.boot();
    });
    return true;
  }

  /** Its disk takes no more, or does not sync; or is mended. */
  trouble(what: 'diskFull' | 'diskFails', isOn: boolean): void {
    if (what === 'diskFull') this.disk.setFull(isOn);
    else this.#diskFails = isOn;
    this.troubledMs = isOn ? Number.POSITIVE_INFINITY : this.#machinery.kernel.nowMs;
  }

  /** The simulation is over. */
  end(): void {
    this.#isEnding = true;
    this.#boots++;
    this.#clock.stop();
    this.disk.crash(true)();
  }

  #probe(boot: number, clock: NodeClock): Probe {
    const requireAlive = () => {
      if (this.#boots !== boot) throw new Crash('it is not alive any more');
    };
    return {
      at: (point) => {
        requireAlive();
        if (point === 'outbox.epochBegun') this.#noteEpoch();
        if (point === 'model.heard') this.models.heard(this.status()?.models ?? []);
        if (point === 'model.decided') this.models.decided(this.status()?.models ?? []);
        this.#spring(point);
        requireAlive();
      },
      opened: (path, database) => {
        requireAlive();
        this.disk.opened(path, database);
        this.#database = database;
        flawOutbox(database, this.#machinery.flaw);
        this.hasDropped ||= droppedIn(database) > 0;
        this.#noteRestart(takenIn(database));
      },
      datasync: async (path) => {
        const done = this.disk.beginSync(path);
        await clock.sleep(this.#rng.next() * this.config.syncMs);
        if (this.#diskFails) {
          this.#machinery.stats.happened('failing sync');
          throw new Error('EIO: i/o error, fdatasync');
        }
        if (this.#machinery.flaw !== 'sourceToldEarly') done();
      },
      pause: () => Promise.resolve(),
    };
  }

  #spring(point: CrashPoint): void {
    this.#machinery.stats.passed(point);
    const sprung = this.trap.passes(point);
    if (sprung === undefined) return;
    this.#machinery.stats.happened(`crash at ${sprung.point}` as Happening);
    this.#machinery.trace.note(this.name, `reaches ${point}`);
    this.crash(sprung.hasPower);
  }

  /** What the outbox does not hold is lost, and a reading that can be repeated comes again. */
  #noteRestart(takenCount: number): void {
    const { fail, hear } = this.#machinery;
    if (takenCount > this.order.length) {
      fail('conservation', `${this.name} has taken ${takenCount} of ${this.order.length} readings`);
      return;
    }
    const lost = this.order.cut(takenCount);
    const { truth } = this.#machinery;
    this.models.lose(
      lost.map((reading) => truth.encode(reading)),
      this.#lastJudged(),
    );
    const restart: Restart = {
      agent: this,
      hadPower: this.#crash.hadPower,
      crashedMs: this.#crash.ms,
      lost,
    };
    hear.restarted(restart);
    this.source.lose(lost);
  }

  /** @returns the code of the newest reading that was judged and not lost */
  #lastJudged(): number {
    for (let at = this.order.length - 1; at >= 0; at--) {
      const reading = this.order.at(at);
      if (reading.series.has(reading.number, SCORED)) return this.#machinery.truth.encode(reading);
    }
    return START;
  }

  /** What was chosen before a reading that was committed is committed too. */
  #noteModels({ models }: AgentView): void {
    const wrong = this.models.restarted(models);
    if (wrong === undefined) return;
    const { fail } = this.#machinery;
    fail('verdicts as undisturbed (I5)', `${this.name} forgot ${JSON.stringify(wrong)}`);
  }

  /** What the new epoch adds to the agent's stamps to get the judges' time. */
  #noteEpoch(): void {
    this.#shiftUs = Number(this.#database?.prepare(LAST_EPOCH).get()?.shift_us);
  }

  /** A full disk may keep the agent from taking them over: it is told again. */
  #hearWindows(windows: readonly MaintenanceSpan[]): void {
    this.#told = this.disk.isFull ? [] : windows;
  }

  /** What is taken in maintenance is not learnt, as soon as the agent was told, and nothing else is left out. */
  #requireObeyed({ device, sensor, tsUs, unlearnt }: SeenReading): void {
    const { windows, stats, fail } = this.#machinery;
    const isTold = this.#told.some((one) => one.device === device && covers(one, tsUs));
    if (unlearnt) stats.happened('maintenance of an agent');
    const where = `${device}/${sensor} at ${tsUs}`;
    if (isTold && !unlearnt) fail(MAINTENANCE, `${where} was learnt, in maintenance`);
    if (unlearnt && !windows.covers(device, tsUs)) fail(MAINTENANCE, `${where} was not learnt`);
  }

  #note(reading: SeenReading, verdict: Verdict): void {
    const { truth, fail } = this.#machinery;
    const series = truth.find(reading.device, reading.sensor);
    const number = series?.find(reading.value);
    if (series === undefined || number === undefined) {
      fail('conservation', `${this.name} judged ${reading.value}, which no source gave`);
      return;
    }
    this.#requireObeyed(reading);
    const shiftUs = this.config.source === 'polled' ? this.#shiftUs : 0;
    series.tsUs[number] = reading.tsUs;
    series.judgeUs[number] = reading.tsUs + shiftUs;
    const steps = Math.round(verdict.score * SCORE_STEPS);
    const flags = SCORED | (verdict.anomaly ? ANOMALY : 0) | (verdict.alarm ? ALARM : 0);
    const before = (series.flags[number] ?? 0) & (SCORED | ANOMALY | ALARM);
    const isSame = before === flags && series.steps[number] === steps;
    if (before !== 0 && !isSame && !this.hasDropped) {
      const was = `${this.name} gave ${series.nameOf(number)} ${series.steps[number]}, flags ${before}`;
      fail('verdicts as undisturbed (I5)', `${was}, and after a restart ${steps}, flags ${flags}`);
    }
    series.steps[number] = steps;
    if (verdict.onsetUs === 0) series.evidence.delete(number);
    else series.evidence.set(number, verdict.evidence.join());
    series.clear(number, ANOMALY | ALARM | UNLEARNT);
    if (reading.unlearnt) series.set(number, UNLEARNT);
    this.models.judged(truth.encode({ series, number }));
    series.set(number, flags);
  }

  #ended(boot: number, error: unknown): void {
    if (this.#boots !== boot) return;
    const { kernel, trace, fail } = this.#machinery;
    trace.note(this.name, `ends: ${errorMessage(error)}`);
    if (!this.disk.isFull)
      fail('liveness', `${this.name} ended: ${String((error as Error).stack)}`);
    this.crash(true);
    kernel.after(0, () => undefined);
  }
}

const LAST_EPOCH = 'SELECT shift_us FROM epochs ORDER BY id DESC LIMIT 1';
const GET_COUNTS = "SELECT value FROM state WHERE key = 'counts'";
const LIST_DEVICES = "SELECT value FROM state WHERE key LIKE 'device/%'";

/** @returns how many readings the outbox says that it ever took */
function takenIn(database: DatabaseSync): number {
  let taken = 0;
  for (const { value } of database.prepare(LIST_DEVICES).all()) {
    const state: unknown = JSON.parse(String(value));
    if (typeof state === 'object' && state !== null && 'taken' in state)
      taken += Number(state.taken);
  }
  return taken;
}

/** @returns how many readings the outbox says that it gave up */
function droppedIn(database: DatabaseSync): number {
  const counts: unknown = JSON.parse(String(database.prepare(GET_COUNTS).get()?.value ?? '{}'));
  const isCounted = typeof counts === 'object' && counts !== null && 'dropped' in counts;
  return isCounted ? Number(counts.dropped) : 0;
}
