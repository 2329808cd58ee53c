/**
 * One history: a world made from a seed, its faults in their order, then healing, and the store read to the last
 * reading. The same seed gives the same history, which the hash of its log proves.
 */
import { join } from 'node:path';
import { type CrashPoint, createRng, type Rng } from '@fernsight/base';
import { DEFAULT_SETTINGS } from '@fernsight/cloud';
import type { AgentView } from '@fernsight/edge';
import type { Batch } from '@fernsight/wire';
import { createBounds } from './checkers/bounds.ts';
import type { Checker, World } from './checkers/checker.ts';
import { createConservation } from './checkers/conservation.ts';
import { createDrops } from './checkers/drops.ts';
import { createDuplicates } from './checkers/duplicates.ts';
import { createDurable } from './checkers/durable.ts';
import { createLiveness, standing } from './checkers/liveness.ts';
import { createSequence } from './checkers/sequence.ts';
import { createVerdicts } from './checkers/verdicts.ts';
import { Kernel } from './clock/kernel.ts';
import { Disk } from './disk/disk.ts';
import { makeRoot, removeRoot } from './disk/memory.ts';
import { mountVolume } from './disk/volume.ts';
import type { Flaw } from './flaws/flaw.ts';
import {
  HEALED_LOOK_MS,
  HEALING_MS,
  LOOK_MS,
  LOOK_PACE_MAX,
  SCAN_MS,
  SCAN_ROWS_MAX,
  VIOLATIONS_MAX,
} from './limits.ts';
import { Network } from './network/network.ts';
import { AgentNode } from './node/agentNode.ts';
import { CloudNode } from './node/cloudNode.ts';
import type { Machinery } from './node/machinery.ts';
import { PlainNode } from './node/plainNode.ts';
import { drawConfig, type SimConfig, type Wanted } from './plan/config.ts';
import { CLOUD, drawFaults, type Fault } from './plan/fault.ts';
import type { Happening } from './plan/happening.ts';
import { inflict } from './plan/inflict.ts';
import { Trace } from './trace.ts';
import { scanStore } from './truth/scan.ts';
import { Silences } from './truth/silences.ts';
import { Truth } from './truth/truth.ts';
import { Windows } from './truth/windows.ts';

export interface Violation {
  readonly property: string;
  readonly detail: string;
  readonly atMs: number;
}

export interface History {
  readonly config: SimConfig;
  readonly faults: readonly Fault[];
  readonly violations: readonly Violation[];
  /** of the log, hexadecimal */
  readonly hash: string;
  readonly simulatedMs: number;
  readonly eventCount: number;
  readonly readingCount: number;
  /** how often each point was passed */
  readonly passes: ReadonlyMap<CrashPoint, number>;
  /** how often what happened */
  readonly happened: ReadonlyMap<Happening, number>;
  /** the newest lines of the log */
  readonly lines: readonly string[];
}

export interface SimulationOptions extends Wanted {
  /** ids of faults that are left out */
  readonly without?: ReadonlySet<number> | undefined;
  /** in place of those that the seed draws */
  readonly faults?: readonly Fault[] | undefined;
  /** each machine's disk is a small file system, where this process may mount one */
  readonly volumes?: boolean | undefined;
  /** a bug to plant, to see that it is found */
  readonly flaw?: Flaw | undefined;
  /** hears from time to time how far it has come: as often as bounds are looked at */
  readonly onProgress?: ((at: Progress) => void) | undefined;
}

export interface Progress {
  readonly simulatedMs: number;
  readonly eventCount: number;
  readonly readingCount: number;
  readonly isHealing: boolean;
}

const MS_PER_HOUR = 3_600_000;
const BOOT_MS = 5_000;

/** @returns the history of a seed. It is over when it is whole, or when promises were broken */
export async function simulate(options: SimulationOptions): Promise<History> {
  const root = makeRoot();
  const simulation = new Simulation(options, root);
  try {
    return await simulation.run();
  } finally {
    simulation.end();
    removeRoot(root);
  }
}

class Simulation implements World {
  readonly config: SimConfig;
  readonly kernel = new Kernel();
  readonly truth = new Truth();
  readonly silences: Silences;
  readonly windows = new Windows();
  readonly agents: readonly AgentNode[];
  readonly plains: readonly PlainNode[];
  readonly cloud: CloudNode;
  readonly network: Network;
  isHealed = false;
  #isHealing = false;
  readonly #faults: readonly Fault[];
  readonly flaw: Flaw | undefined;
  readonly #onProgress: SimulationOptions['onProgress'];
  readonly #hasVolumes: boolean;
  readonly #trace: Trace;
  readonly #rng: Rng;
  readonly #checkers: readonly Checker[];
  readonly #violations: Violation[] = [];
  readonly #passes = new Map<CrashPoint, number>();
  readonly #happened = new Map<Happening, number>();
  #scans = 0;
  #scanning: Promise<void> | undefined;
  #rowCount = 0;
  /** devices in view when it was looked last */
  #deviceCount = 0;

  constructor(options: SimulationOptions, root: string) {
    this.#rng = createRng(options.seed);
    this.config = drawConfig(options, this.#rng);
    this.silences = new Silences(silentMsOf(this.config));
    const faults = options.faults ?? drawFaults(this.config, this.#rng);
    this.#faults = faults.filter(({ id }) => options.without?.has(id) !== true);
    this.flaw = options.flaw;
    this.#hasVolumes = options.volumes === true;
    this.#onProgress = options.onProgress;
    const { kernel } = this;
    this.#trace = new Trace(kernel, {
      root,
      onError: (node, message, fields) => this.#onError(node, message, JSON.stringify(fields)),
    });
    const wires = {
      rng: this.#rng,
      trace: this.#trace,
      happened: (what: Happening) => this.happened(what),
    };
    this.network = new Network(kernel, this.config.network, wires);
    const machinery = this.#machinery(root);
    this.agents = this.config.agents.map((agent) => new AgentNode(agent, machinery));
    this.plains = this.config.plains.map((plain) => new PlainNode(plain, machinery));
    this.cloud = new CloudNode(this.config, machinery, { onOpened: () => this.#onOpened() });
    this.network.connect(this.cloud);
    const create = [
      createDurable,
      createSequence,
      createConservation,
      createDuplicates,
      createVerdicts,
      createBounds,
      createDrops,
      createLiveness,
    ];
    this.#checkers = create.map((checker) => checker(this));
  }

  async run(): Promise<History> {
    const endMs = this.config.hours * MS_PER_HOUR;
    for (const { clock } of this.config.agents)
      if (clock.offsetUs !== 0) this.happened('clock skew');
    this.cloud.boot();
    for (const agent of this.agents)
      this.kernel.after(this.#rng.next() * BOOT_MS, () => agent.boot());
    for (const plain of this.plains)
      this.kernel.after(this.#rng.next() * BOOT_MS, () => plain.run());
    for (const fault of this.#faults) {
      this.kernel.after(fault.atMs, () => {
        if (!this.isHealed) inflict(fault, this, this.#trace);
      });
    }
    this.#every(LOOK_MS * Math.min(LOOK_PACE_MAX, this.config.pace), () => this.#look());
    this.#every(SCAN_MS, () => this.#scan());
    await this.kernel.runUntil(endMs, () => this.#isBroken());
    if (!this.#isBroken()) await this.#heal();
    return this.#history();
  }

  fail(property: string, detail: string): void {
    const { nowMs } = this.kernel;
    this.#trace.note('checker', `${property}: ${detail}`);
    if (this.#violations.length < VIOLATIONS_MAX)
      this.#violations.push({ property, detail, atMs: nowMs });
  }

  happened(what: Happening): void {
    this.#happened.set(what, (this.#happened.get(what) ?? 0) + 1);
  }

  end(): void {
    for (const plain of this.plains) plain.stop();
    for (const agent of this.agents) agent.end();
    this.cloud.end();
  }

  /** Ends every fault, waits until everything is delivered, and reads the store. */
  async #heal(): Promise<void> {
    this.#trace.note('simulation', 'heals');
    this.#isHealing = true;
    this.network.heal();
    for (const node of [...this.agents, this.cloud]) {
      node.trouble('diskFull', false);
      node.trouble('diskFails', false);
      node.trap.release();
    }
    for (const agent of this.agents) agent.source.end();
    for (const plain of this.plains) plain.end();
    const endMs = this.kernel.nowMs + HEALING_MS;
    const isOver = () => this.#isBroken() || standing(this).length === 0;
    for (let nextMs = this.kernel.nowMs; nextMs < endMs && !isOver(); ) {
      nextMs += HEALED_LOOK_MS;
      await this.kernel.runUntil(nextMs);
    }
    this.#tell((checker) => checker.healed?.());
    this.isHealed = true;
    this.#tellLook();
    this.#scan();
    await this.kernel.runUntil(
      this.kernel.nowMs + HEALING_MS,
      () => this.#scanning === undefined || this.#isBroken(),
    );
    if (this.#scanning !== undefined) this.fail('liveness', 'the store cannot be read to its end');
    this.#tell((checker) => checker.ended?.());
  }

  #isBroken(): boolean {
    return this.#violations.length > 0;
  }

  #onOpened(): void {
    this.#scanning = undefined;
    if (this.#rowCount < SCAN_ROWS_MAX) this.#scan();
  }

  /** Reads the store, unless it is being read or down. */
  #scan(): void {
    const { cloud } = this.cloud;
    if (cloud === undefined || (this.#scanning !== undefined && !this.isHealed)) return;
    this.#tellLook();
    const scan = ++this.#scans;
    const mark = { number: scan, startMs: this.kernel.nowMs };
    this.#scanning = scanStore(cloud, this.truth, {
      scan,
      row: (row) => this.#tell((checker) => checker.row?.(row)),
      joint: (row) => this.#tell((checker) => checker.joint?.(row)),
      shown: (row) => this.#tell((checker) => checker.shown?.(row)),
      isAsked: (device) => this.isHealed && this.cloud.models.of(device).length > 0,
      device: (device, ledger) => this.#tell((checker) => checker.device?.(device, ledger, mark)),
      stranger: (device, sensor, value) =>
        this.fail('no duplicate (I4)', `${device}/${sensor} holds ${value}, which nobody measured`),
    }).then(
      (rowCount) => {
        if (scan !== this.#scans) return;
        this.#rowCount = rowCount;
        this.#scanning = undefined;
      },
      (error: unknown) => {
        if (cloud === this.cloud.cloud)
          this.fail('liveness', `reading the store: ${String(error)}`);
      },
    );
  }

  #look(): void {
    this.#tellLook();
    this.#onProgress?.({
      simulatedMs: this.kernel.nowMs,
      eventCount: this.kernel.eventCount,
      readingCount: this.truth.count,
      isHealing: this.#isHealing,
    });
  }

  #tellLook(): void {
    const deviceCount = this.cloud.cloud?.totals().deviceCount ?? 0;
    if (this.cloud.isUp && deviceCount < this.#deviceCount)
      this.happened('device pruned from view');
    this.#deviceCount = deviceCount;
    const views = new Map<AgentNode, AgentView>();
    for (const agent of this.agents) {
      const view = agent.status();
      if (view !== undefined) views.set(agent, view);
    }
    this.#tell((checker) => checker.looked?.(views));
  }

  #every(ms: number, work: () => void): void {
    const next = () => {
      if (this.isHealed) return;
      work();
      this.kernel.after(ms, next);
    };
    this.kernel.after(ms, next);
  }

  #tell(tell: (checker: Checker) => void): void {
    for (const checker of this.#checkers) tell(checker);
  }

  #machinery(root: string): Machinery {
    return {
      kernel: this.kernel,
      rng: this.#rng,
      trace: this.#trace,
      network: this.network,
      truth: this.truth,
      windows: this.windows,
      stats: {
        passed: (point) => this.#passes.set(point, (this.#passes.get(point) ?? 0) + 1),
        happened: (what) => this.happened(what),
      },
      hear: {
        sent: (agent, batch) => this.#tell((checker) => checker.sent?.(agent, batch)),
        answered: (batch) => {
          for (const device of devicesOf(batch)) this.silences.heard(device, this.kernel.nowMs);
          this.#tell((checker) => checker.answered?.(batch));
        },
        heard: (device) => this.silences.heard(device, this.kernel.nowMs),
        restarted: (restart) => this.#tell((checker) => checker.restarted?.(restart)),
        acknowledged: (agent, rows) => this.#tell((checker) => checker.acknowledged?.(agent, rows)),
      },
      flaw: this.flaw,
      createDisk: (name) => {
        const folder = join(root, name);
        const volume = this.#hasVolumes ? mountVolume(folder) : undefined;
        return new Disk(folder, this.#rng.fork(`disk/${name}`), volume);
      },
      fail: (property, detail) => this.fail(property, detail),
    };
  }

  /** What a node calls an error is one, unless its disk is full. */
  #onError(node: string, message: string, fields: string): void {
    const full = [...this.agents, this.cloud].some(({ disk }) => disk.isFull);
    if (full && node !== CLOUD) this.happened('full disk of an agent');
    if (!full) this.fail('no error without a cause', `${node}: ${message} ${fields}`);
  }

  #history(): History {
    return {
      config: this.config,
      faults: this.#faults,
      violations: this.#violations,
      hash: this.#trace.digest(),
      simulatedMs: this.kernel.nowMs,
      eventCount: this.kernel.eventCount,
      readingCount: this.truth.count,
      passes: this.#passes,
      happened: this.#happened,
      lines: this.#trace.newest(),
    };
  }
}

/** @returns after what silence the cloud deletes a device's history */
function silentMsOf({ settings }: SimConfig): number {
  const { pruneDeletes, pruneAfterMs } = { ...DEFAULT_SETTINGS, ...settings };
  return pruneDeletes ? pruneAfterMs : Number.POSITIVE_INFINITY;
}

function devicesOf({ agent, series }: Batch): Set<string> {
  return new Set([agent, ...series.map(({ device }) => device)]);
}
