/**
 * The cloud on a machine of its own: the real one in one process without threads, its routes called and its store a real
 * file on a simulated disk. A supervisor starts it again when it ends.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import {
  type CrashPoint,
  createRng,
  errorMessage,
  type Probe,
  type Rng,
  US_PER_MS,
} from '@fernsight/base';
import { type InlineCloud, openInlineCloud } from '@fernsight/cloud/inline';
import type { Batch, Model } from '@fernsight/wire';
import { NodeClock, WallClock } from '../clock/nodeClock.ts';
import type { Disk } from '../disk/disk.ts';
import { flawReceipt, flawRequest, flawStore, flawWindow } from '../flaws/flaw.ts';
import { RESTART_MS } from '../limits.ts';
import { signingKeyOf } from '../model/signingKey.ts';
import type { Receiver, Request, Response } from '../network/network.ts';
import type { SimConfig } from '../plan/config.ts';
import { CLOUD } from '../plan/fault.ts';
import type { Happening } from '../plan/happening.ts';
import { CloudModels } from '../truth/cloudModels.ts';
import { Crash } from './crash.ts';
import type { Machinery } from './machinery.ts';
import { Trap } from './trap.ts';

/** Longer than it takes the cloud to hear of it. */
const MAINTENANCE_LEAD_US = 5e6;
/** Until a person asks again. */
const CHOOSE_AGAIN_MS = 5_000;

export interface CloudHooks {
  /** it is up, for the first time or again */
  readonly onOpened: () => void;
}

export class CloudNode implements Receiver {
  readonly wall: WallClock;
  readonly disk: Disk;
  readonly trap = new Trap();
  readonly #config: SimConfig;
  readonly #machinery: Machinery;
  readonly #rng: Rng;
  readonly #hooks: CloudHooks;
  /** requests that are being answered: their connections break when it is killed */
  readonly #open = new Set<(response: undefined) => void>();
  #clock: NodeClock;
  #cloud: InlineCloud | undefined;
  #boots = 0;
  #isAway = false;
  #isEnding = false;
  /** which models judged what of plain devices */
  readonly models = new CloudModels();
  #store: DatabaseSync | undefined;
  /** whether anybody ever chose a model */
  #hasChosen = false;

  constructor(config: SimConfig, machinery: Machinery, hooks: CloudHooks) {
    this.#config = config;
    this.#machinery = machinery;
    this.#hooks = hooks;
    this.#rng = machinery.rng.fork(CLOUD);
    this.wall = new WallClock(machinery.kernel, config.cloudClock);
    this.#clock = new NodeClock(machinery.kernel, this.wall);
    this.disk = machinery.createDisk(CLOUD);
    writeFileSync(join(this.disk.folder, 'model.key'), signingKeyOf(this.#rng.fork('key')));
  }

  get isUp(): boolean {
    return this.#cloud !== undefined;
  }

  /** the cloud itself, while it is up */
  get cloud(): InlineCloud | undefined {
    return this.#cloud;
  }

  boot(): void {
    if (this.#isAway || this.isUp || this.#isEnding) return;
    const boot = ++this.#boots;
    this.#start(boot).catch((error: unknown) => this.#ended(boot, error));
  }

  async receive(request: Request): Promise<Response | undefined> {
    const boot = this.#boots;
    return new Promise((resolve) => {
      const hear = (response: Response | undefined) => {
        this.#open.delete(hear);
        resolve(response);
      };
      this.#open.add(hear);
      this.#answer(request).then((response) => {
        if (this.#boots === boot) hear(response);
      });
    });
  }

  /**
   * Ends it now, as a kill or a power cut would; it is started again after `awayMs`.
   * @returns whether it was there to be ended
   */
  crash(hasPower: boolean, awayMs = RESTART_MS): boolean {
    if (this.#isAway) return false;
    const { kernel, trace } = this.#machinery;
    trace.note(CLOUD, hasPower ? 'is killed' : 'loses power');
    this.#boots++;
    this.#clock.stop();
    this.#cloud = undefined;
    const close = this.disk.crash(hasPower);
    this.trap.release();
    this.#isAway = true;
    if (hasPower) for (const hear of this.#open) hear(undefined);
    this.#open.clear();
    kernel.after(1, close);
    kernel.after(awayMs, () => {
      this.#isAway = false;
      this.boot();
    });
    return true;
  }

  /** Its disk takes no more; or is mended. A failing sync of SQLite's own is a crash: see `kill`. */
  trouble(what: 'diskFull' | 'diskFails', isOn: boolean): void {
    if (what === 'diskFull') this.disk.setFull(isOn);
  }

  /**
   * A person chooses a model for its sensor type, or takes the last choice back; a cloud that is down is asked again.
   * @param bytes undefined: what was chosen before is chosen again
   */
  choose(sensorType: string, bytes: Uint8Array | undefined): void {
    const again = () =>
      this.#machinery.kernel.after(CHOOSE_AGAIN_MS, () => this.choose(sensorType, bytes));
    const { cloud } = this;
    if (this.#isEnding) return;
    if (cloud === undefined) again();
    else this.#ask(cloud, sensorType, bytes).then((done) => done || again());
  }

  /**
   * A person announces maintenance of a device, which begins soon; a cloud that is down is asked again.
   * @param stampUs the device's time, in which its readings are stamped
   */
  maintain(device: string, stampUs: () => number, forMs: number): void {
    const again = () => {
      this.#machinery.kernel.after(CHOOSE_AGAIN_MS, () => this.maintain(device, stampUs, forMs));
    };
    const { cloud } = this;
    if (this.#isEnding) return;
    if (cloud === undefined) again();
    else this.#announce(cloud, { device, forMs }, stampUs);
  }

  async #announce(
    cloud: InlineCloud,
    { device, forMs }: { readonly device: string; readonly forMs: number },
    stampUs: () => number,
  ): Promise<void> {
    const { trace, windows, flaw } = this.#machinery;
    const startUs = Math.floor(stampUs()) + MAINTENANCE_LEAD_US;
    const window = { device, startUs, endUs: startUs + forMs * US_PER_MS, everyUs: null };
    windows.ask(window);
    // until the cloud has answered, and where it never does
    windows.doubt(device);
    const body = Buffer.from(JSON.stringify({ ...flawWindow(window, flaw), reason: 'bearings' }));
    const headers = { 'content-type': 'application/json' };
    const { status } = await cloud.call('addMaintenance', { headers, body });
    trace.note(CLOUD, `hears of maintenance of ${device}: ${status}`);
    if (status === 201 && stampUs() < startUs) windows.trust(device);
  }

  /** The simulation is over. */
  end(): void {
    this.#isEnding = true;
    this.#boots++;
    this.#clock.stop();
    this.disk.crash(true)();
  }

  async #start(boot: number): Promise<void> {
    const { kernel, trace } = this.#machinery;
    const clock = new NodeClock(kernel, this.wall);
    this.#clock = clock;
    const cloud = await openInlineCloud({
      dataDir: this.disk.folder,
      open: true,
      clock,
      rng: createRng(`${this.#config.seed} cloud ${boot}`),
      log: trace.logOf(CLOUD, () => this.#boots === boot),
      settings: this.#config.settings,
      probe: this.#probe(boot, clock),
    });
    if (this.#boots !== boot) return;
    this.#cloud = cloud;
    trace.note(CLOUD, `is up, boot ${boot}`);
    this.#hooks.onOpened();
    await cloud.run(new AbortController().signal);
  }

  async #ask(
    cloud: InlineCloud,
    sensorType: string,
    bytes: Uint8Array | undefined,
  ): Promise<boolean> {
    const { trace } = this.#machinery;
    const boot = this.#boots;
    if (bytes === undefined) {
      const { status } = await cloud.call('rollBackModel', { params: { sensorType } });
      trace.note(CLOUD, `takes the model of ${sensorType} back: ${status}`);
      if (status === 200) this.#machinery.stats.happened('model rollback');
      return status < 500;
    }
    const headers = { 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify({ bytes: Buffer.from(bytes).toString('base64') }));
    const uploaded = await cloud.call('uploadModel', { headers, body });
    if (this.#boots !== boot || uploaded.status !== 201) return false;
    const { hash } = uploaded.body as Model;
    const { status } = await cloud.call('activateModel', { params: { hash } });
    trace.note(CLOUD, `chooses ${hash} for ${sensorType}: ${status}`);
    if (status === 200) this.#machinery.stats.happened('model swap');
    this.#hasChosen ||= status === 200;
    return status === 200;
  }

  async #answer(request: Request): Promise<Response> {
    const { hear, flaw } = this.#machinery;
    const { route, device, body } = request;
    const understood = flawRequest(request, flaw);
    const params = paramsOf(route, device);
    const headers = {
      'content-type': 'application/json',
      ...(understood.key === undefined ? {} : { 'idempotency-key': understood.key }),
    };
    const isAsked = route === 'fetchModel' || route === 'modelKey';
    const answer = await this.#clock.pretending(flawReceipt(request, flaw), () =>
      this.#cloud?.call(route, { params, headers, ...(isAsked ? {} : { body: understood.body }) }),
    );
    const status = answer?.status ?? 503;
    if (status === 503 && this.disk.isFull)
      this.#machinery.stats.happened('full disk of the cloud');
    if (route === 'pushBatch' && status === 200) {
      hear.answered(JSON.parse(body.toString('utf8')) as Batch);
    }
    if (route === 'pushReadings' && status === 202) hear.heard(device);
    const text = answer?.body === null ? '' : JSON.stringify(answer?.body ?? {});
    return {
      status,
      headers: { 'content-type': 'application/json', ...answer?.headers },
      body: text,
    };
  }

  #probe(boot: number, clock: NodeClock): Probe {
    const requireAlive = () => {
      if (this.#boots !== boot) throw new Crash('it is not alive any more');
    };
    const { flaw } = this.#machinery;
    return {
      at: (point) => {
        requireAlive();
        this.#machinery.stats.passed(point);
        if (point === 'journal.synced' && flaw !== 'answerBeforeSync') this.disk.syncedAll();
        if (point === 'store.buried') this.#machinery.stats.happened('history pruned');
        if (point === 'store.pruned') this.#machinery.stats.happened('retention');
        this.#noteModels(point);
        const sprung = this.trap.passes(point);
        if (sprung === undefined) return;
        this.#machinery.stats.happened(`crash at ${sprung.point}` as Happening);
        this.#machinery.trace.note(CLOUD, `reaches ${point}`);
        this.crash(sprung.hasPower);
        requireAlive();
      },
      opened: (path, database) => {
        requireAlive();
        this.disk.opened(path, database);
        this.#store = database;
        if (this.#hasChosen) flawStore(database, flaw);
      },
      datasync: () => Promise.resolve(),
      pause: () => clock.sleep(this.#rng.next() * this.#config.storeMs),
    };
  }

  /** A device changes over as its tail is packed, and goes on with the same models after a start. */
  #noteModels(point: CrashPoint): void {
    const { stats, fail } = this.#machinery;
    if (this.#store === undefined || !this.#hasChosen) return;
    if (point === 'compaction.committed') {
      const count = this.models.packed(this.#store);
      for (let device = 0; device < count; device++) stats.happened('changeover in the cloud');
    }
    if (point !== 'store.replayed') return;
    const forgot = this.models.reopened(this.#store);
    if (forgot !== undefined)
      fail('verdicts as undisturbed (I5)', `the cloud forgot which models judge ${forgot}`);
  }

  #ended(boot: number, error: unknown): void {
    if (this.#boots !== boot) return;
    const { trace, fail } = this.#machinery;
    trace.note(CLOUD, `ends: ${errorMessage(error)}`);
    if (!this.disk.isFull) fail('liveness', `the cloud ended: ${String((error as Error).stack)}`);
    this.crash(true);
  }
}

function paramsOf(route: Request['route'], name: string): Record<string, string> {
  if (route === 'pushBatch') return { device: name };
  return route === 'fetchModel' ? { hash: name } : {};
}
